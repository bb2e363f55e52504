import { once } from 'node:events'
import { type Socket, connect, createServer } from 'node:net'
import { OPCODE } from '../../../protocol/websocket/frame-header.ts'
import { type ArrivalKind } from '../client/arrival.ts'
import { type Frame, type FrameInput, FrameParser, frameBytes } from '../wire/frames.ts'

/** Frames to write in place of one that passed: onwards, and back to where it came from. */
export type Replaced = { readonly on: readonly FrameInput[]; readonly back?: readonly FrameInput[] }

/** A fault of a relay, laid over one that has none. What is left out passes as it is. */
export type Mutation = {
  /** Head of a request on its way to the relay. */
  readonly request?: (head: string, kind: ArrivalKind) => string
  /** Head of the answer. */
  readonly response?: (head: string, kind: ArrivalKind) => string
  /** Everything behind the head of an HTTP answer. */
  readonly body?: (text: string) => string
  /** Made for each connection. `toClient` is true for what the relay sends. */
  readonly frames?: (kind: ArrivalKind) => (frame: Frame, toClient: boolean) => Replaced | undefined
  /** Masks what goes to clients. */
  readonly isMasking?: boolean
  /** Written to a client before the relay has answered. */
  readonly early?: (kind: ArrivalKind) => string
  /** A reset of one side becomes a Close at the other. */
  readonly closesOnReset?: boolean
}

/** A fault in words, what makes it, and the cases that must find it. */
export type MutationRow = readonly [fault: string, mutation: Mutation, cases: readonly string[]]

export type MutantRelay = { readonly port: number; close(): Promise<void> }

/** Stands before a relay's clear-text port and spoils what passes. */
export async function startMutantRelay(
  relayPort: number,
  mutation: Mutation,
): Promise<MutantRelay> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const relay = connect({
      port: relayPort,
      host: '127.0.0.1',
      allowHalfOpen: true,
      noDelay: true,
    })
    for (const socket of [client, relay]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    join(client, relay, mutation)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function join(client: Socket, relay: Socket, mutation: Mutation): void {
  let kind: ArrivalKind = 'http'
  let isFramed = false
  const write = (to: Socket, frames: readonly FrameInput[]) => {
    const isMasked = to === relay || mutation.isMasking === true
    for (const frame of frames) to.write(frameBytes(frame, isMasked))
  }
  let change: ReturnType<NonNullable<Mutation['frames']>> | undefined
  const pump = (from: Socket, to: Socket, onHead: (head: string) => string) => {
    const parser = new FrameParser()
    let held: Buffer | undefined = Buffer.alloc(0)
    const frames = (chunk: Buffer) => {
      for (const frame of parser.push(chunk)) {
        const changed = change?.(frame, to === client)
        write(to, changed?.on ?? [frame])
        write(from, changed?.back ?? [])
      }
    }
    from.on('data', (chunk: Buffer) => {
      if (held === undefined) {
        if (isFramed) return frames(chunk)
        const body = to === client ? mutation.body : undefined
        return void to.write(body ? body(chunk.toString()) : chunk)
      }
      held = Buffer.concat([held, chunk])
      const end = held.indexOf('\r\n\r\n')
      if (end === -1) return undefined
      const rest = held.subarray(end + 4)
      to.write(`${onHead(held.toString('latin1', 0, end))}\r\n\r\n`, 'latin1')
      held = undefined
      return rest.length > 0 ? void from.emit('data', rest) : undefined
    })
    from.on('end', () => to.end())
    from.on('error', () => {
      if (mutation.closesOnReset) write(to, [{ opcode: OPCODE.close, payload: Buffer.of(3, 233) }])
      // Node leaks the handle of a socket that is reset behind its FIN.
      else if (to.writableEnded) to.destroy()
      else to.resetAndDestroy()
    })
    from.on('close', () => to.destroySoon())
  }
  pump(client, relay, (head) => {
    kind = kindOf(head)
    change = mutation.frames?.(kind)
    const early = mutation.early?.(kind)
    if (early) client.write(early)
    return mutation.request?.(head, kind) ?? head
  })
  pump(relay, client, (head) => {
    isFramed = head.startsWith('HTTP/1.1 101')
    return mutation.response?.(head, kind) ?? head
  })
}

function kindOf(head: string): ArrivalKind {
  if (!/^upgrade: *websocket/im.test(head)) return 'http'
  const action = /sb-hc-action=(\w+)/i.exec(head.split('\r\n')[0] ?? '')?.[1]?.toLowerCase()
  return action === 'listen' || action === 'accept' || action === 'request' ? action : 'connect'
}
