import { Unmet } from '../case.ts'
import type { Message, Peer } from '../wire/peer.ts'

/** The object of an `accept` command, as it stood there. */
export type Accept = {
  readonly address: string
  readonly id: string
  readonly connectHeaders: Readonly<Record<string, string>>
  readonly remoteEndpoint: { readonly address: string; readonly port: number }
}

/** The object of a `request` command; one that is delivered by address has nothing but `address`. */
export type Request = {
  readonly address: string
  readonly id: string
  readonly requestTarget: string
  readonly method: string
  readonly remoteEndpoint: { readonly address: string; readonly port: number }
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly body: boolean
}

/** What a case answers a request with; members left out are left out of the message too. */
export type Response = {
  readonly requestId?: unknown
  readonly statusCode?: unknown
  readonly statusDescription?: unknown
  readonly responseHeaders?: unknown
  readonly body?: unknown
}

/** A control channel that a case scripts, or a rendezvous for requests: both speak the same commands. */
export class ControlListener {
  readonly id: string
  readonly peer: Peer

  constructor(id: string, peer: Peer) {
    this.id = id
    this.peer = peer
  }

  /** The next command as it came, parsed. An Unmet for a binary message, and for more or less than one member. */
  async command(what = 'a command', patienceMs?: number): Promise<Command> {
    const message = await this.peer.message(what, patienceMs)
    return readCommand(message, what)
  }

  async nextAccept(patienceMs?: number): Promise<Accept> {
    const { name, value } = await this.command('an accept', patienceMs)
    if (name !== 'accept') throw new Unmet(`${name} came in place of an accept`)
    return value as Accept
  }

  /** The next request with its body, undefined where the request announced none. */
  async nextRequest(
    patienceMs?: number,
  ): Promise<{ readonly request: Request; readonly body: Buffer | undefined }> {
    const { name, value } = await this.command('a request', patienceMs)
    if (name !== 'request') throw new Unmet(`${name} came in place of a request`)
    return this.withBody(value as Request, patienceMs)
  }

  /** A request with the body that it announced. */
  async withBody(
    request: Request,
    patienceMs?: number,
  ): Promise<{ readonly request: Request; readonly body: Buffer | undefined }> {
    if (request.body !== true) return { request, body: undefined }
    const body = await this.peer.message('the body of the request', patienceMs)
    if (body.isText) throw new Unmet('a text came between a request and its body')
    return { request, body: body.data }
  }

  /** Answers a request here; a body goes out as one binary message. */
  respond(request: { readonly id: string }, response: Response = {}, body?: string | Buffer): void {
    this.peer.sendText(responseText(request, response, body !== undefined))
    if (body !== undefined) this.peer.sendBinary(body)
  }

  /** Resolves when all that was written before has been read: a ping is answered. */
  async settled(): Promise<void> {
    const payload = `settled-${Math.random()}`
    this.peer.send({ opcode: 0x9, payload })
    for (;;) {
      const frame = await this.peer.frame('a pong')
      if (frame.opcode === 0xa && frame.payload.toString() === payload) return
      if (frame.opcode === 0x8) throw new Unmet('the control channel was closed')
    }
  }
}

export type Command = { readonly name: string; readonly value: unknown; readonly text: string }

/** A `response` message, with status 200 unless `response` has its own. */
export function responseText(
  { id }: { readonly id: string },
  response: Response = {},
  body = false,
): string {
  return JSON.stringify({ response: { requestId: id, statusCode: 200, body, ...response } })
}

function readCommand({ isText, data }: Message, what: string): Command {
  if (!isText) throw new Unmet(`a binary message came in place of ${what}`)
  const text = data.toString()
  const parsed: unknown = JSON.parse(text)
  const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
  const [entry] = entries
  if (!entry || entries.length !== 1)
    throw new Unmet(`a command has ${entries.length} members in place of one`)
  return { name: entry[0], value: entry[1], text }
}
