import type { Socket } from 'node:net'
import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import { Unmet } from '../case.ts'
import type { Scope } from '../scope.ts'
import { Waiters } from '../wait.ts'
import { type Frame, type FrameInput, FrameParser, closePayload, frameBytes } from './frames.ts'
import { type RequestHead, type ResponseHead, readRequestHead, readResponseHead } from './head.ts'

/** A whole message, put together from its fragments. */
export type Message = { readonly isText: boolean; readonly data: Buffer }

export type PeerOptions = {
  /** Below TLS; the socket itself otherwise. */
  readonly tcp?: Socket | undefined
  /** Masks what it sends, as clients do. Default true. */
  readonly isClient?: boolean
}

/**
 * A connection that a case drives byte by byte, because libraries hide most of what a relay does. First it is text,
 * for heads and bodies; after `speakFrames`, or a head with 101, it is frames.
 */
export class Peer {
  readonly socket: Socket
  /** Bytes that came so far. */
  received = 0
  readonly #scope: Scope
  readonly #tcp: Socket
  readonly #isClient: boolean
  readonly #changes = new Waiters()
  readonly #parser = new FrameParser()
  readonly #frames: Frame[] = []
  #text: Buffer = Buffer.alloc(0)
  #isFramed = false
  #end: string | undefined
  #isReset = false
  #hasSentClose = false
  #fault: Error | undefined

  constructor(scope: Scope, socket: Socket, { tcp = socket, isClient = true }: PeerOptions = {}) {
    this.socket = socket
    this.#scope = scope
    this.#tcp = tcp
    this.#isClient = isClient
    tcp.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
    socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error))
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.once('end', () => this.#over('the other side ended the connection'))
    socket.once('close', () => this.#over('the connection was closed'))
    scope.defer(() => {
      socket.destroy()
      tcp.destroy()
    })
  }

  /** True once the other side has ended the connection, in order or not. */
  get isOver(): boolean {
    return this.#end !== undefined
  }

  /** True when it ended without FIN, or broke TLS off. */
  get isReset(): boolean {
    return this.#isReset
  }

  /** Frames that came and that nobody asked for. */
  get pendingFrames(): readonly Frame[] {
    return this.#frames
  }

  /** The next response head; behind a 101 there are frames. */
  async head(patienceMs?: number): Promise<ResponseHead> {
    const head = readResponseHead(await this.#headText('the answer', patienceMs))
    if (head.status === 101) this.speakFrames()
    return head
  }

  requestHead(patienceMs?: number): Promise<RequestHead> {
    return this.#headText('the request', patienceMs).then(readRequestHead)
  }

  /** Reads frames from here on. */
  speakFrames(): void {
    this.#isFramed = true
    const rest = this.#text
    this.#text = Buffer.alloc(0)
    this.#parse(rest)
  }

  /** The next `length` bytes behind a head. */
  bytes(length: number, patienceMs?: number): Promise<Buffer> {
    return this.#until(
      `a body of ${length} bytes`,
      () => {
        if (this.#text.length < length) return undefined
        const taken = this.#text.subarray(0, length)
        this.#text = this.#text.subarray(length)
        return taken
      },
      patienceMs,
    )
  }

  /** Text up to and without the next line break. */
  line(what: string, patienceMs?: number): Promise<string> {
    return this.#until(
      what,
      () => {
        const end = this.#text.indexOf('\r\n')
        if (end === -1) return undefined
        const line = this.#text.toString('latin1', 0, end)
        this.#text = this.#text.subarray(end + 2)
        return line
      },
      patienceMs,
    )
  }

  /** Everything behind the last head until the other side ends. */
  async rest(): Promise<Buffer> {
    await this.over()
    return this.#text
  }

  /** The next frame, whatever it is. */
  frame(what = 'a frame', patienceMs?: number): Promise<Frame> {
    return this.#until(what, () => this.#frames.shift(), patienceMs)
  }

  /** The next message; pings between are answered, pongs are skipped. An Unmet for a Close. */
  async message(what = 'a message', patienceMs?: number): Promise<Message> {
    const parts: Buffer[] = []
    let isText: boolean | undefined
    for (;;) {
      const frame = await this.frame(what, patienceMs)
      if (frame.opcode === OPCODE.ping) this.send({ opcode: OPCODE.pong, payload: frame.payload })
      else if (frame.opcode === OPCODE.close)
        throw new Unmet(`${what} did not come: a Close came, ${describeClose(frame)}`)
      else if (frame.opcode !== OPCODE.pong) {
        if ((isText === undefined) !== (frame.opcode !== OPCODE.continuation))
          throw new Unmet('the fragments of a message are out of order')
        isText ??= frame.opcode === OPCODE.text
        parts.push(frame.payload)
        if (frame.fin) return { isText, data: Buffer.concat(parts) }
      }
    }
  }

  /** The next Close frame; pings are answered, data is an Unmet. */
  async closeFrame(patienceMs?: number): Promise<Frame> {
    for (;;) {
      const frame = await this.frame('a Close', patienceMs)
      if (frame.opcode === OPCODE.close) return frame
      if (frame.opcode === OPCODE.ping) this.send({ opcode: OPCODE.pong, payload: frame.payload })
      else if (frame.opcode !== OPCODE.pong) throw new Unmet('data came in place of a Close')
    }
  }

  /** Writes one frame. */
  send(frame: FrameInput): void {
    this.socket.write(frameBytes(frame, this.#isClient))
  }

  sendText(payload: string): void {
    this.send({ opcode: OPCODE.text, payload })
  }

  sendBinary(payload: Uint8Array | string): void {
    this.send({ opcode: OPCODE.binary, payload })
  }

  /** Writes a Close frame, without payload when there is no code. */
  sendClose(code?: number, reason?: string): void {
    this.#hasSentClose = true
    this.send({ opcode: OPCODE.close, payload: closePayload(code, reason) })
  }

  /** Ends the connection as a server does behind Close frames, its own first where it has sent none. */
  endWithClose(code: number | undefined): void {
    if (!this.#hasSentClose) this.sendClose(code)
    this.socket.end()
  }

  /** Resolves when the other side has ended the connection, and ends it here too. */
  async over(patienceMs?: number): Promise<void> {
    await this.#changes.until(
      this.#scope,
      'the end of the connection',
      () => (this.#end === undefined ? undefined : true),
      patienceMs === undefined ? {} : { patienceMs },
    )
    this.socket.end()
  }

  /** Resolves after `ms` in which nothing came; an Unmet when something did. */
  async staysSilent(ms: number, what = 'anything'): Promise<void> {
    const before = this.received
    await this.#scope.pause(ms)
    if (this.received !== before) throw new Unmet(`${what} came (${this.received - before} bytes)`)
    if (this.#end !== undefined) throw new Unmet(`${this.#end} within ${ms} ms`)
  }

  /** Vanishes: a TCP reset. */
  reset(): void {
    // Node leaks the handle of a socket that is reset behind its FIN.
    if (this.#tcp.writableEnded) this.#tcp.destroy()
    else this.#tcp.resetAndDestroy()
  }

  async #headText(what: string, patienceMs: number | undefined): Promise<string> {
    return this.#until(
      what,
      () => {
        const end = this.#text.indexOf('\r\n\r\n')
        if (end === -1) return undefined
        const head = this.#text.toString('latin1', 0, end)
        this.#text = this.#text.subarray(end + 4)
        return head
      },
      patienceMs,
    )
  }

  #until<Value>(
    what: string,
    poll: () => Value | undefined,
    patienceMs: number | undefined,
  ): Promise<Value> {
    const isOver = () => {
      if (this.#fault) throw this.#fault
      return this.#end
    }
    const options = patienceMs === undefined ? { isOver } : { isOver, patienceMs }
    return this.#changes.until(this.#scope, what, poll, options)
  }

  #take(chunk: Buffer): void {
    this.received += chunk.length
    if (this.#isFramed) this.#parse(chunk)
    else this.#text = Buffer.concat([this.#text, chunk])
    this.#changes.wake()
  }

  #parse(chunk: Buffer): void {
    try {
      this.#frames.push(...this.#parser.push(chunk))
    } catch (error) {
      this.#fault ??= error as Error
    }
    this.#changes.wake()
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#isReset = true
    this.#over(`the connection broke (${error.code ?? error.message})`)
  }

  #over(how: string): void {
    this.#end ??= how
    this.#changes.wake()
  }
}

function describeClose({ payload }: Frame): string {
  if (payload.length < 2) return 'without a code'
  return `${payload.readUInt16BE(0)} ${payload.toString('utf8', 2)}`.trimEnd()
}
