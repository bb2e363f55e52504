import { Socket } from 'node:net'
import { type StaticRead, findStaticRead } from '../protocol/websocket/static-read.ts'
import { FULL_FRAME_BYTES } from './frame-memory.ts'
import { ReadMemory } from './read-memory.ts'
import type { DialledReads, Reads } from './reads.ts'

/**
 * Where the reads of many local sides of tunnels land: each is framed, and thereby copied, before the next one of any
 * socket comes, so one place is enough, and a connection without traffic holds nothing.
 */
export class ReadPlace {
  readonly #place = Buffer.allocUnsafeSlow(FULL_FRAME_BYTES)
  readonly #staticRead: StaticRead | undefined = findStaticRead(Socket)

  /** For a socket that is opened with the option `onread`. */
  forDialled(): DialledReads {
    // There the system may fill the memory of one socket while another one's is looked at.
    if (process.platform === 'win32') return new ReadMemory()
    const place = this.#place
    const reads: DialledReads = {
      consume: () => {},
      onread: {
        buffer: place,
        callback: (bytes) => {
          reads.consume(place.subarray(0, bytes))
          return true
        },
      },
    }
    return reads
  }

  /** For a socket that was accepted; undefined where it cannot be led here. */
  forAccepted(socket: Socket): Reads | undefined {
    const reads: Reads = { consume: () => {} }
    const place = this.#place
    const isLed = this.#staticRead?.(socket, place, (bytes) =>
      reads.consume(place.subarray(0, bytes)),
    )
    return isLed ? reads : undefined
  }
}
