import { readdirSync, readFileSync } from 'node:fs'

/** The kernel reports times to programs in these units per second, on every Linux architecture. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096

/**
 * CPU seconds of all threads of a process since its start: those that live, to the nanosecond, where the kernel counts
 * them; else in steps of 10 ms. Throws when it is gone.
 */
export function cpuSeconds(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce((sum, thread) => sum + threadSeconds(pid, thread), 0)
  } catch {
    return countedSeconds(pid)
  }
}

function threadSeconds(pid: number, thread: string): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
  return Number(nanoseconds) / 1e9
}

function countedSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Resident memory of a process, bytes. Throws when it is gone. */
export function rssBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES
}

/** CPU seconds that the whole machine has spent since boot, time stolen by its host included. */
export function machineCpuSeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number)
  const ticks = [user, nice, system, irq, softirq, steal].reduce((sum = 0, n = 0) => sum + n, 0)
  return (ticks ?? 0) / TICKS_PER_SECOND
}
