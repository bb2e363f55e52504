import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { answerMessage } from './dns-message.ts'
import { type DnsZone, answerFrom } from './dns-zone.ts'
import { reachableAddresses } from './reachable-address.ts'

/** Ours are answered in some hundred bytes, and nobody asks for more with longer questions. */
const MAX_QUERY_BYTES = 1_024
const MAX_TCP_CONNECTIONS = 64
const TCP_IDLE_MS = 5_000
/** A free TCP port may be taken for UDP: how many are tried. */
const PORT_ATTEMPTS = 10

export type DnsServerOptions = {
  readonly host: string
  /** For UDP and TCP; 0 picks one that is free for both. */
  readonly port: number
  /** In force now; a reload may change it. */
  readonly zone: () => DnsZone
  /** What is answered; none: the address at which the asker reaches this machine. */
  readonly addresses: () => readonly string[]
}

export type DnsServer = { readonly port: number; close(): void }

/** The name service of the gateway rehearsal. Rejects when the port is taken. */
export async function openDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openBoth(options)
    } catch (error) {
      const isUnlucky = options.port === 0 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isUnlucky || attempt === PORT_ATTEMPTS) throw error
    }
  }
}

async function openBoth(options: DnsServerOptions): Promise<DnsServer> {
  const { host, zone, addresses } = options
  const answerTo = (message: Buffer, asker: string) =>
    answerMessage(message, (question) => {
      const given = addresses()
      return answerFrom(zone(), question, given.length > 0 ? given : hereFor(asker))
    })
  const sockets = new Set<Socket>()
  const stream = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serveStream(socket, (message) => answerTo(message, socket.remoteAddress ?? ''))
  })
  stream.maxConnections = MAX_TCP_CONNECTIONS
  const datagrams = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  datagrams.on('message', (message, { address, port }) => {
    const answer = message.length > MAX_QUERY_BYTES ? undefined : answerTo(message, address)
    // An answer that cannot be sent is one that is lost on its way.
    if (answer) datagrams.send(answer, port, address, () => {})
  })
  const close = () => {
    stream.close()
    for (const socket of sockets) socket.destroy()
    datagrams.close()
  }
  try {
    await once(stream.listen({ host, port: options.port }), 'listening')
    const { port } = stream.address() as AddressInfo
    datagrams.bind({ address: host, port })
    await once(datagrams, 'listening')
    datagrams.on('error', () => {})
    return { port, close }
  } catch (error) {
    close()
    throw error
  }
}

/** Messages with their length before them, one after the other. Source: RFC 1035 4.2.2. */
function serveStream(socket: Socket, answerTo: (message: Buffer) => Buffer | undefined): void {
  let received: Buffer = Buffer.alloc(0)
  socket.setTimeout(TCP_IDLE_MS, () => socket.destroy())
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    while (received.length >= 2) {
      const length = received.readUInt16BE(0)
      if (length > MAX_QUERY_BYTES) return void socket.destroy()
      if (received.length < 2 + length) return
      const answer = answerTo(received.subarray(2, 2 + length))
      received = received.subarray(2 + length)
      if (!answer) return void socket.destroy()
      const head = Buffer.alloc(2)
      head.writeUInt16BE(answer.length)
      socket.write(Buffer.concat([head, answer]))
    }
  })
}

function hereFor(asker: string): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return reachableAddresses(interfaces, asker)
}
