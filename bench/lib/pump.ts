import type { Socket } from 'node:net'

/** Writes that the generator keeps in flight, so that the relay never waits for it. */
const WRITES_AHEAD = 4

/** Load on one socket. `sentBytes` are those that left for the kernel. */
export type Pump = { readonly sentBytes: number; stop(): void; readonly done: Promise<void> }

/**
 * Writes `next()` again and again until it answers undefined, `stop` is called or the socket closes;
 * `done` resolves then. What it writes is prebuilt: the loop allocates nothing.
 */
export function pump(socket: Socket, next: () => Buffer | undefined): Pump {
  let inFlight = 0
  let sentBytes = 0
  let isStopped = false
  let finish: () => void = () => {}
  const done = new Promise<void>((resolve) => (finish = resolve))
  const stop = (): void => {
    isStopped = true
    finish()
  }
  const fill = (): void => {
    while (!isStopped && inFlight < WRITES_AHEAD) {
      const chunk = next()
      if (chunk === undefined) {
        isStopped = true
        break
      }
      inFlight++
      socket.write(chunk, (error) => {
        inFlight--
        if (error) return stop()
        sentBytes += chunk.length
        fill()
      })
    }
    if (isStopped && inFlight === 0) finish()
  }
  socket.once('close', stop)
  fill()
  return {
    get sentBytes() {
      return sentBytes
    },
    stop,
    done,
  }
}

/** The same chunk for ever, or so many times. */
export function repeat(chunk: Buffer, times = Infinity): () => Buffer | undefined {
  let left = times
  return () => (left-- > 0 ? chunk : undefined)
}
