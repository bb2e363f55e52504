const LINE_END = '\r\n'
const HEAD_END = '\r\n\r\n'
const MAX_HEAD_BYTES = 16_384

type Phase =
  | { readonly at: 'head' }
  /** `left` bytes of the body, or of a chunk of it. */
  | { readonly at: 'body'; left: number; readonly isChunk: boolean }
  /** The line before a chunk. */
  | { readonly at: 'size' }
  /** The lines behind the last chunk. */
  | { readonly at: 'trailer' }

export type ResponseEvents = {
  /** A piece of the body; a view of what was pushed. */
  body(bytes: Buffer): void
  /** A response is whole. */
  end(status: number): void
}

/**
 * Reads the HTTP/1.1 responses of one connection, however they were cut into chunks. Bodies need a length or to be
 * chunked (RFC 9112 6); for responses to GET and PUT only. Throws on anything else.
 */
export class HttpResponseReader {
  readonly #events: ResponseEvents
  #phase: Phase = { at: 'head' }
  #status = 0
  /** The beginning of a head or of a line. */
  #kept = ''

  constructor(events: ResponseEvents) {
    this.#events = events
  }

  /** Takes the next bytes. The chunk may be reused afterwards. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      const phase = this.#phase
      at =
        phase.at === 'body' ? this.#takeBody(phase, chunk, at) : this.#takeText(phase.at, chunk, at)
    }
  }

  #takeBody(phase: Extract<Phase, { at: 'body' }>, chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + phase.left)
    if (end > at) this.#events.body(chunk.subarray(at, end))
    phase.left -= end - at
    if (phase.left > 0) return end
    if (phase.isChunk) this.#phase = { at: 'size' }
    else this.#end()
    return end
  }

  #takeText(at: 'head' | 'size' | 'trailer', chunk: Buffer, from: number): number {
    const mark = at === 'head' ? HEAD_END : LINE_END
    const before = this.#kept.length
    const text = this.#kept + chunk.toString('latin1', from, from + MAX_HEAD_BYTES)
    const found = text.indexOf(mark)
    if (found < 0) {
      if (text.length >= MAX_HEAD_BYTES) throw new Error('a response head does not end')
      this.#kept = text
      return chunk.length
    }
    this.#kept = ''
    const line = text.slice(0, found)
    if (at === 'head') this.#takeHead(line)
    else if (at === 'size') this.#takeSize(line)
    else if (line === '') this.#end()
    return from + found + mark.length - before
  }

  #takeHead(head: string): void {
    this.#status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
    if (/^transfer-encoding:\s*chunked\s*$/im.test(head)) {
      this.#phase = { at: 'size' }
      return
    }
    const length = /^content-length:\s*(\d+)\s*$/im.exec(head)?.[1]
    if (length === undefined) throw new Error('a response has no length')
    if (length === '0') this.#end()
    else this.#phase = { at: 'body', left: Number(length), isChunk: false }
  }

  #takeSize(line: string): void {
    // The line end of the chunk before.
    if (line === '') return
    const size = parseInt(line, 16)
    if (!Number.isSafeInteger(size)) throw new Error('a chunk has no size')
    this.#phase = size === 0 ? { at: 'trailer' } : { at: 'body', left: size, isChunk: true }
  }

  #end(): void {
    this.#phase = { at: 'head' }
    this.#events.end(this.#status)
  }
}
