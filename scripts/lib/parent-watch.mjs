import { findNpm, isNpmThere, sleepCount } from './npm-process.mjs'

const INTERVAL_MS = 200
/** A check that comes later than this was held up by the whole machine: suspended, paused, stopped. */
const HELD_UP_MS = 1000

/**
 * Ends this process when the npm that started it is told to end. npm hands SIGINT and SIGTERM to the shell between it
 * and the script and nobody else: dash dies of SIGTERM and leaves the script behind, and keeps SIGINT to itself until
 * the script has ended of its own accord; SIGHUP and SIGKILL end npm alone. Here all of them arrive, as SIGTERM or
 * SIGINT, where handlers can hear them; a process without handlers ends.
 *
 * A signal that reaches this process directly (Ctrl-C goes to every process of the terminal) ends the watch, so that
 * nothing counts twice.
 */
export async function watchNpm() {
  let isWatching = true
  const stop = () => {
    isWatching = false
  }
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      stop()
      // This listener has switched off what the signal does by itself.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  const npm = await findNpm().catch(() => null)
  if (npm === null) return
  const isInterrupted = await interruptDetector(npm)
  const check = async () => {
    const signal = !(await isNpmThere(npm)) ? 'SIGTERM' : (await isInterrupted()) ? 'SIGINT' : null
    if (!isWatching) return
    if (signal === null) schedule()
    else process.emit(signal, signal)
  }
  const schedule = () => setTimeout(check, INTERVAL_MS).unref()
  schedule()
}

/**
 * Tells whether npm was sent SIGINT and its shell sits on it. Nothing shows that directly; but npm and a shell that
 * waits both sleep undisturbed, and a signal that npm passes on wakes both, within moments. Only Linux counts that in
 * reach of everybody, and only there is the usual `sh` one that holds signals back.
 */
async function interruptDetector({ npm, shell }) {
  if (process.platform !== 'linux' || shell === null) return async () => false
  const count = async () => ({
    npm: await sleepCount(npm),
    shell: await sleepCount(shell),
    timeMs: Date.now(),
  })
  let before = await count()
  let last = before
  // Job control (Ctrl-Z, then fg) wakes everybody, this process included.
  process.on('SIGCONT', () => (before = last = null))
  return async () => {
    const now = await count()
    if (last === null || now.timeMs - last.timeMs > HELD_UP_MS) before = last = now
    const isWoken = now.npm > before.npm && now.shell > before.shell
    // Two intervals are looked at together, as the two may wake on either side of a check.
    before = last
    last = now
    return isWoken
  }
}
