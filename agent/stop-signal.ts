import { constants } from 'node:os'
import process from 'node:process'

/** Closing the console sends SIGHUP on Windows; elsewhere a daemon outlives its terminal. */
const STOP_SIGNALS =
  process.platform === 'win32'
    ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    : (['SIGINT', 'SIGTERM'] as const)

/** The signals of a process that serves. */
export type StopSignal = {
  /** Resolves with the first signal that asks to stop. A second one ends the process at once, 128 + its number. */
  readonly requested: Promise<NodeJS.Signals>
  /** Lets signals do what they did before. */
  release(): void
}

/** Catches the signals from now on. */
export function catchSignals(): StopSignal {
  let isStopping = false
  let stop: (signal: NodeJS.Signals) => void = () => undefined
  const requested = new Promise<NodeJS.Signals>((resolve) => {
    stop = (signal) => {
      isStopping = true
      resolve(signal)
    }
  })
  const onStop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(128 + constants.signals[signal])
    stop(signal)
  }
  for (const signal of STOP_SIGNALS) process.on(signal, onStop)
  // A reader that went away asks to stop, but never to hurry.
  process.on('SIGPIPE', stop)
  return {
    requested,
    release() {
      for (const signal of STOP_SIGNALS) process.off(signal, onStop)
      process.off('SIGPIPE', stop)
    },
  }
}
