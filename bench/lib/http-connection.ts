import { Readable } from 'node:stream'
import { within } from './deadline.ts'
import { dial, hangUp, type End } from './end.ts'
import { HttpResponseReader } from './http-reader.ts'

const TIMEOUT_MS = 60_000
const READ_BYTES = 65_536

/** One request: its bytes up to the blank line, what follows, and what becomes of the answer's body. */
export type Exchange = {
  readonly head: Buffer
  /** Written as fast as the connection takes it. */
  readonly body?: Iterable<Buffer>
  readonly onBody?: (bytes: Buffer) => void
}

/** A keep-alive connection that asks one thing after the other. */
export class HttpConnection {
  readonly #end: End
  #onBody: (bytes: Buffer) => void = ignore
  #settle: (status: number) => void = ignore

  constructor(end: End) {
    this.#end = end
    const reader = new HttpResponseReader({
      body: (bytes) => this.#onBody(bytes),
      end: (status) => this.#settle(status),
    })
    end.consume = (chunk) => {
      try {
        reader.push(chunk)
      } catch (error) {
        end.socket.destroy(error instanceof Error ? error : undefined)
      }
    }
  }

  /** A port on loopback, in clear text. */
  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(await dial({ port }, READ_BYTES))
  }

  /** Resolves when the answer is whole. Rejects on any status but 200, and when the connection ends. */
  async ask({ head, body, onBody = ignore }: Exchange): Promise<void> {
    const { socket } = this.#end
    let onClose = ignore
    const answered = new Promise<number>((resolve, reject) => {
      onClose = () => reject(new Error('the connection ended before the answer'))
      socket.once('close', onClose)
      this.#settle = resolve
      this.#onBody = onBody
    })
    try {
      socket.write(head)
      if (body) Readable.from(body, { objectMode: false }).pipe(socket, { end: false })
      const status = await within(answered, TIMEOUT_MS, 'an answer')
      if (status !== 200) throw new Error(`a request was answered ${status}`)
    } finally {
      socket.off('close', onClose)
    }
  }

  /**
   * Asks the same again and again without a promise for each: `onAnswer` is called for each answer and tells whether
   * to go on. Resolves then.
   */
  repeat(head: Buffer, onAnswer: () => boolean): Promise<void> {
    const { socket } = this.#end
    return new Promise((resolve, reject) => {
      const onClose = () => reject(new Error('the connection ended before the answer'))
      socket.once('close', onClose)
      this.#onBody = ignore
      this.#settle = (status) => {
        const isOver = status !== 200 || !onAnswer()
        if (!isOver) return void socket.write(head)
        socket.off('close', onClose)
        if (status === 200) resolve()
        else reject(new Error(`a request was answered ${status}`))
      }
      socket.write(head)
    })
  }

  close(): Promise<void> {
    return hangUp(this.#end)
  }
}

/** Head of a request on a keep-alive connection; `lines` are further headers. */
export function requestHead(method: string, target: string, lines: readonly string[]): Buffer {
  const all = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines]
  return Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1')
}

function ignore(): void {}
