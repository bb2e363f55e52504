import type { Duplex } from 'node:stream'
import type { SpliceMemory } from './splice-memory.ts'

/** Who is told what comes from a socket. */
export interface SocketHearer {
  /** The bytes stay as they are until this returns. */
  read(bytes: Buffer): void
  /** The peer ended its writing side. */
  ended(): void
  closed(hadError: boolean): void
}

/**
 * A socket's only listeners, whoever has it. Who is told may change without a word to the stream: to take listeners
 * off, pause and start again costs more than all that most senders do until they are joined.
 */
export class SocketReader {
  readonly socket: Duplex
  #hearer: SocketHearer | undefined

  /** Starts reading in the next turn; by then somebody has asked to be told. */
  constructor(socket: Duplex, memory: SpliceMemory) {
    this.socket = socket
    socket.on('error', ignore)
    memory.readFrom(socket, (bytes) => this.#hearer?.read(bytes))
    socket.on('end', () => this.#hearer?.ended())
    socket.on('close', (hadError: boolean) => this.#hearer?.closed(hadError))
    socket.resume()
  }

  /** From now on `hearer` is told. */
  tell(hearer: SocketHearer): void {
    this.#hearer = hearer
  }
}

/** What went wrong, `close` tells as well. */
function ignore(): void {}
