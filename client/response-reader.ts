import type { HeaderList } from '../protocol/headers.ts'
import { RelayClientError } from './errors.ts'

/** Head of a final response as its server wrote it. */
export type ResponseHead = {
  readonly statusCode: number
  readonly statusMessage: string
  readonly headers: HeaderList
}

/** What a response brings, in order. */
export interface ResponseEvents {
  head(head: ResponseHead): void
  body(bytes: Buffer): void
  end(): void
}

/** Where the reader stands: `measured` and `chunk` know how many bytes are `left`. */
type Phase = 'idle' | 'head' | 'measured' | 'size' | 'chunk' | 'chunkEnd' | 'trailer' | 'unmeasured'

const HEAD_END = '\r\n\r\n'

/**
 * Reads HTTP/1.1 responses, one for each `begin`, from what a server of this process writes: heads as text, bodies in
 * the pieces that they were written in. Interim responses are skipped, trailers dropped. Source: RFC 9112 6, 7.
 */
export class ResponseReader {
  readonly #events: ResponseEvents
  #method = ''
  #phase: Phase = 'idle'
  #left = 0
  /** Text of a head or line whose end has not come. */
  #text = ''
  #isLast = false

  /** True when the server ends the connection behind this response. */
  get isLast(): boolean {
    return this.#isLast
  }

  constructor(events: ResponseEvents) {
    this.#events = events
  }

  /** Expects the answer to a request with `method`. */
  begin(method: string): void {
    this.#method = method
    this.#phase = 'head'
  }

  /** Takes what the server wrote next. Throws RELAY_PROTOCOL for what is no response. */
  push(chunk: Buffer | string, encoding: BufferEncoding): void {
    if (this.#phase !== 'head') {
      return this.#read(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    }
    // A head as a Buffer is Latin-1 (RFC 9110 5.5); as a text it is what the handler said.
    const text = this.#text + (typeof chunk === 'string' ? chunk : chunk.toString('latin1'))
    const end = text.indexOf(HEAD_END)
    if (end === -1) {
      this.#text = text
      return
    }
    this.#text = ''
    this.#head(text.slice(0, end))
    const rest = text.slice(end + HEAD_END.length)
    if (rest !== '')
      this.push(Buffer.from(rest, typeof chunk === 'string' ? encoding : 'latin1'), encoding)
  }

  /** The server ended the connection: an unmeasured body is whole. */
  close(): void {
    if (this.#phase === 'unmeasured') this.#end()
  }

  #head(head: string): void {
    const [statusLine = '', ...lines] = head.split('\r\n')
    const [, status, reason = ''] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/s.exec(statusLine) ?? []
    if (status === undefined) {
      throw new RelayClientError('RELAY_PROTOCOL', 'The request handler wrote no HTTP response.')
    }
    const statusCode = Number(status)
    if (statusCode < 200) return
    const headers: [string, string][] = []
    let length: number | undefined
    let isChunked = false
    this.#isLast = false
    for (const line of lines) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon)
      const value = line.slice(colon + 1).trim()
      headers.push([name, value])
      switch (name.toLowerCase()) {
        case 'content-length':
          length = Number(value)
          break
        case 'transfer-encoding':
          isChunked = /\bchunked$/i.test(value)
          break
        case 'connection':
          this.#isLast = /\bclose\b/i.test(value)
      }
    }
    this.#events.head({ statusCode, statusMessage: reason, headers })
    const hasBody = this.#method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
    if (!hasBody || (length === 0 && !isChunked)) this.#end()
    else if (isChunked) this.#phase = 'size'
    else if (length === undefined) this.#phase = 'unmeasured'
    else {
      this.#phase = 'measured'
      this.#left = length
    }
  }

  #read(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      switch (this.#phase) {
        case 'idle':
          return
        case 'head':
          return this.push(bytes.subarray(at), 'latin1')
        case 'unmeasured':
          return this.#events.body(at === 0 ? bytes : bytes.subarray(at))
        case 'measured':
        case 'chunk':
          at = this.#piece(bytes, at)
          break
        case 'chunkEnd':
        case 'size':
        case 'trailer':
          at = this.#line(bytes, at)
      }
    }
  }

  /** Hands on what is there of a measured body or a chunk. */
  #piece(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    this.#events.body(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#left > 0) return end
    if (this.#phase === 'chunk') this.#phase = 'chunkEnd'
    else this.#end()
    return end
  }

  /** Reads up to the end of a line of the chunked coding. */
  #line(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(0x0a, at)
    this.#text += bytes.toString('latin1', at, end === -1 ? bytes.length : end)
    if (end === -1) return bytes.length
    const line = this.#text.trim()
    this.#text = ''
    if (this.#phase === 'chunkEnd') this.#phase = 'size'
    else if (this.#phase === 'size') {
      this.#left = Number.parseInt(line, 16)
      this.#phase = this.#left === 0 ? 'trailer' : 'chunk'
    } else if (line === '') this.#end()
    return end + 1
  }

  #end(): void {
    this.#phase = 'idle'
    this.#events.end()
  }
}
