import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** One core for the relay under test, another one for the load generator. */
export type Cores = { readonly relay: number; readonly generator: number }

/** Undefined where pinning is impossible: no `taskset`, or a single core. */
export function chooseCores(): Cores | undefined {
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined
  const status = readFileSync('/proc/self/status', 'latin1')
  const [generator, relay] = parseCpuList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '')
  return relay === undefined || generator === undefined ? undefined : { relay, generator }
}

/** Moves every thread of a running process to one core. */
export function pinProcess(pid: number, core: number): void {
  moveProcess(pid, String(core))
}

/** Lets a process, and those that it starts from now on, use every core. */
export function unpinProcess(pid: number): void {
  moveProcess(pid, `0-${cpus().length - 1}`)
}

function moveProcess(pid: number, coreList: string): void {
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', coreList, String(pid)], {
    stdio: 'ignore',
  })
}

/** Reads the kernel's form of a set of CPUs, e.g. `0-2,5`. */
export function parseCpuList(text: string): number[] {
  return text
    .split(',')
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
}
