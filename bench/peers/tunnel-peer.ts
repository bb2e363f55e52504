import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { within } from '../lib/deadline.ts'
import { acceptedEnd, dial, hangUp, type End } from '../lib/end.ts'
import type { PeerTools, Transport } from './peer.ts'

const OPEN_TIMEOUT_MS = 15_000
/** Size of the buffer into which the client's end reads. */
const READ_BYTES = 262_144
const ID_BYTES = 16

/** A program of a tunnel, by what it does there. */
export type TunnelProgram = { readonly role: string; readonly pid: number }

/** A running way from a TCP client to a TCP endpoint. */
export type TunnelWay = {
  /** The client connects here. */
  readonly port: number
  readonly programs: readonly TunnelProgram[]
  close(): Promise<void>
}

/** A make of tunnel. */
export type TunnelKind = {
  readonly name: string
  readonly transports: readonly Transport[]
  /** The program that is not installed, if any. */
  missing(): string | undefined
  /** Starts it for the endpoint at a port of 127.0.0.1. */
  start(endpointPort: number, transport: Transport, tools: PeerTools): Promise<TunnelWay>
}

/** Both TCP ends of one connection through a tunnel, in the load generator. */
export type TcpTunnel = { readonly client: End; readonly endpoint: End }

/** The endpoint of the load generator and a tunnel that leads to it. */
export class TunnelPeer {
  readonly name: string
  readonly #way: TunnelWay
  readonly #endpoint: Endpoint

  private constructor(name: string, way: TunnelWay, endpoint: Endpoint) {
    this.name = name
    this.#way = way
    this.#endpoint = endpoint
  }

  static async start(
    kind: TunnelKind,
    transport: Transport,
    tools: PeerTools,
  ): Promise<TunnelPeer> {
    const endpoint = new Endpoint()
    try {
      const way = await kind.start(await endpoint.listen(), transport, tools)
      return new TunnelPeer(kind.name, way, endpoint)
    } catch (error) {
      endpoint.close()
      throw error
    }
  }

  get programs(): readonly TunnelProgram[] {
    return this.#way.programs
  }

  /** Opens one connection and waits until its first bytes have come out. */
  async open(readBytes = READ_BYTES): Promise<TcpTunnel> {
    const client = await dial({ port: this.#way.port }, readBytes)
    const id = randomBytes(ID_BYTES)
    const arrived = this.#endpoint.arrival(id)
    client.socket.write(id)
    const endpoint = await within(arrived, OPEN_TIMEOUT_MS, `a connection of ${this.name}`)
    return { client, endpoint }
  }

  async close(): Promise<void> {
    await this.#way.close()
    this.#endpoint.close()
  }
}

/** A connection tells whose it is by its first bytes, for tunnels may open some in advance or to no avail. */
class Endpoint {
  readonly #waiting = new Map<string, (end: End) => void>()
  readonly #server: Server

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const end = acceptedEnd(socket)
      let said = ''
      end.consume = (chunk) => {
        said += chunk.toString('hex')
        const arrived = this.#waiting.get(said)
        if (!arrived) return
        this.#waiting.delete(said)
        end.consume = () => {}
        arrived(end)
      }
    })
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  arrival(id: Buffer): Promise<End> {
    return new Promise((resolve) => this.#waiting.set(id.toString('hex'), resolve))
  }

  close(): void {
    this.#server.close()
  }
}

/** Drops both ends. */
export async function closeTcpTunnel({ client, endpoint }: TcpTunnel): Promise<void> {
  await Promise.all([hangUp(client), hangUp(endpoint)])
}
