import { cpuSeconds, machineCpuSeconds } from './process-usage.ts'

/** More work than this by others, in cores, and a window does not count. */
const QUIET_CORES = 0.3

/** What one window of measurement saw. `value` is the caller's. */
export type Window<T> = {
  readonly value: T
  readonly seconds: number
  readonly relayCpuSeconds: number
  readonly generatorCpuSeconds: number
  /** Cores that neither the relay nor the generator used, but somebody did. */
  readonly foreignCores: number
}

/**
 * Measures `work` beside the CPU of the relay `pid`, if there is one, of this process and of the whole machine.
 * `helpers` are programs that belong to the load: what they use counts as the generator's.
 */
export async function measure<T>(
  pid: number | undefined,
  work: () => Promise<T>,
  helpers: readonly number[] = [],
): Promise<Window<T>> {
  const before = usage(pid, helpers)
  const value = await work()
  const after = usage(pid, helpers)
  const seconds = after.at - before.at
  const relayCpuSeconds = after.relay - before.relay
  const generatorCpuSeconds = after.generator - before.generator
  const foreign = after.machine - before.machine - relayCpuSeconds - generatorCpuSeconds
  const foreignCores = Math.max(0, foreign / seconds)
  return { value, seconds, relayCpuSeconds, generatorCpuSeconds, foreignCores }
}

/** Measures until the machine was quiet, at most `attempts` times; answers the quietest window. */
export async function quietly<T>(
  attempts: number,
  measureOnce: () => Promise<Window<T>>,
): Promise<Window<T>> {
  let best = await measureOnce()
  for (let left = attempts - 1; left > 0 && best.foreignCores > QUIET_CORES; left--) {
    const next = await measureOnce()
    if (next.foreignCores < best.foreignCores) best = next
  }
  return best
}

/** Whether others worked too much beside a window. */
export function isNoisy({ foreignCores }: { readonly foreignCores: number }): boolean {
  return foreignCores > QUIET_CORES
}

function usage(pid: number | undefined, helpers: readonly number[]) {
  const { user, system } = process.cpuUsage()
  const ofHelpers = helpers.reduce((sum, helper) => sum + cpuSeconds(helper), 0)
  return {
    at: performance.now() / 1_000,
    relay: pid === undefined ? 0 : cpuSeconds(pid),
    generator: (user + system) / 1e6 + ofHelpers,
    machine: machineCpuSeconds(),
  }
}
