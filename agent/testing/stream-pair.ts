import { Duplex } from 'node:stream'

/** Two streams, each the other's far end, with half-close: stands for a relayed connection and its sender. */
export function streamPair(): { readonly near: Duplex; readonly far: Duplex } {
  const near = new Half()
  const far = new Half()
  near.other = far
  far.other = near
  return { near, far }
}

/** Everything up to the end of the readable side. Unlike `text` of node:stream/consumers it leaves the writable side open. */
export function readToEnd(stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = ''
    stream.on('data', (chunk: Buffer) => (read += chunk.toString()))
    stream.once('end', () => resolve(read)).once('error', reject)
  })
}

/** Resolves when the stream is closed, in order or not. */
export function whenClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => stream.once('close', resolve))
}

class Half extends Duplex {
  other: Half | undefined

  constructor() {
    super({ highWaterMark: 65_536 })
    this.on('error', () => {})
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.other?.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.other?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this
    const isCut = !this.readableEnded || !this.writableFinished
    if (isCut && other && !other.destroyed) queueMicrotask(() => other.destroy(new Error('cut')))
    done(error)
  }
}
