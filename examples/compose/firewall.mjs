// A firewall that lets TLS connections out by the name they ask for (SNI), as those of companies do. Everything it
// lets through goes to one place, whatever the name; look-ups of names are handed to that place too.
//
//   FIREWALL_ALLOWS  names with commas between them; *.DOMAIN allows all below it, gateways:STAMP the 256 of a stamp
//   FIREWALL_TO      HOST:PORT that allowed connections are led to
//   FIREWALL_LISTEN  [HOST:]PORT, 443 when left out
//   FIREWALL_DNS     HOST:PORT of a name service that is made available on port 53; none when left out
//   FIREWALL_HEALTHY a file that is written when all is open; none when left out
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import process from 'node:process'

const MAX_HELLO_BYTES = 16_384
const HELLO_TIMEOUT_MS = 5_000

const {
  FIREWALL_ALLOWS = '',
  FIREWALL_TO = '',
  FIREWALL_LISTEN = '443',
  FIREWALL_DNS,
  FIREWALL_HEALTHY,
} = process.env
const allowed = FIREWALL_ALLOWS.split(',').flatMap(namesOf)
const to = placeOf(FIREWALL_TO)
const sockets = new Set()

const server = createServer((socket) => {
  let hello = Buffer.alloc(0)
  track(socket).setTimeout(HELLO_TIMEOUT_MS, () => socket.destroy())
  const read = (chunk) => {
    hello = Buffer.concat([hello, chunk])
    const name = serverName(hello)
    if (name === undefined && hello.length < MAX_HELLO_BYTES) return
    socket.off('data', read).setTimeout(0)
    if (!name || !isAllowed(name)) {
      console.log(`blocked ${name || 'a connection that names no host'}`)
      return socket.resetAndDestroy()
    }
    console.log(`allowed ${name}`)
    const out = track(connect({ ...to, noDelay: true }))
    out.write(hello)
    socket.pipe(out).pipe(socket)
    socket.once('close', () => out.destroy())
    out.once('close', () => socket.destroy())
  }
  socket.on('data', read)
})
server.listen(placeOf(FIREWALL_LISTEN), () => {
  console.log(`firewall on port ${server.address().port} allows ${allowed.length} names`)
})
if (FIREWALL_DNS) await forwardLookUps(placeOf(FIREWALL_DNS))
// What the health check looks for, where there is one.
if (FIREWALL_HEALTHY) await writeFile(FIREWALL_HEALTHY, '')
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))

function isAllowed(name) {
  return allowed.some((entry) =>
    entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry,
  )
}

function namesOf(entry) {
  const name = entry.trim().toLowerCase()
  if (!name.startsWith('gateways:')) return name === '' ? [] : [name]
  const args = ['gateways', 'list', '--stamp', name.slice('gateways:'.length)]
  return execFileSync('relay-emulator', args, { encoding: 'utf8' }).toLowerCase().trim().split('\n')
}

function placeOf(text) {
  const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(text) ?? []
  if (port === undefined) throw new Error(`"${text}" is not of the form HOST:PORT`)
  return { port: Number(port), ...(host && { host }) }
}

function track(socket) {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  return socket.on('error', () => {})
}

/** The name in a ClientHello; '' when there is none or it is no TLS, undefined while it is not whole. Source: RFC 8446 4.1.2, 6066 3. */
function serverName(bytes) {
  if (bytes.length < 5) return undefined
  if (bytes[0] !== 22) return ''
  if (bytes.length < 5 + bytes.readUInt16BE(3)) return undefined
  try {
    let at = 5 + 4 + 2 + 32
    at += 1 + bytes.readUInt8(at) // session
    at += 2 + bytes.readUInt16BE(at) // cipher suites
    at += 1 + bytes.readUInt8(at) // compression
    const end = at + 2 + bytes.readUInt16BE(at)
    at += 2
    while (at < end) {
      const type = bytes.readUInt16BE(at)
      const length = bytes.readUInt16BE(at + 2)
      if (type === 0) return bytes.toString('latin1', at + 9, at + 4 + length).toLowerCase()
      at += 4 + length
    }
  } catch {
    // Cut short.
  }
  return ''
}

/** Hands each question on and its answer back. */
async function forwardLookUps({ host, port }) {
  const { address } = await lookup(host, 4)
  const inside = createSocket('udp4')
  inside.on('message', (question, asker) => {
    const outside = createSocket('udp4')
    const timer = setTimeout(() => outside.close(), 3_000)
    outside.on('error', () => {})
    outside.once('message', (answer) => {
      clearTimeout(timer)
      outside.close()
      inside.send(answer, asker.port, asker.address)
    })
    outside.send(question, port, address)
  })
  inside.bind(53)
  await once(inside, 'listening')
}
