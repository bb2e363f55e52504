import { constants } from 'node:os'
import process from 'node:process'

/** Closing the console sends SIGHUP on Windows; elsewhere it asks for a reload. */
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

/** Catches the signals from now on. `onReload` is called for SIGHUP where there is one; left out, SIGHUP is not caught. */
export function catchSignals(onReload?: () => void): StopSignal {
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
  // A reader that went away asks to stop, but never to hurry. SIGPIPE itself must stay ignored, as Node has it:
  // every write to a socket that its peer has reset raises it.
  const onBrokenPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') stop('SIGPIPE')
  }
  const isReloadable = process.platform !== 'win32'
  for (const signal of STOP_SIGNALS) process.on(signal, onStop)
  process.stdout.on('error', onBrokenPipe)
  if (isReloadable && onReload) process.on('SIGHUP', onReload)
  return {
    requested,
    release() {
      for (const signal of STOP_SIGNALS) process.off(signal, onStop)
      process.stdout.off('error', onBrokenPipe)
      if (isReloadable && onReload) process.off('SIGHUP', onReload)
    },
  }
}
