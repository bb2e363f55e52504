// A listener of ws alone, as `relay-emulator conformance --role listener` asks for, with the fault that argv names.
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'

const fault = process.argv[2] ?? ''
const { RELAY_WEBSOCKET_URL, RELAY_KEY_NAME, RELAY_KEY } = process.env
const ca = readFileSync(process.env.RELAY_CA_FILE)
const id = randomUUID()
const sockets = new Set()
let failures = 0
let isStopped = false

function token() {
  const url = new URL(RELAY_WEBSOCKET_URL)
  const resource = encodeURIComponent(`http://${url.hostname}${url.pathname.replace('/$hc', '')}/`)
  const expiry = Math.floor(Date.now() / 1000) + (fault === 'ended-token' ? -60 : 600)
  const key = fault === 'other-key' ? 'not the key' : RELAY_KEY
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${RELAY_KEY_NAME}`
}

function dial(address, protocols = [], headers = {}) {
  const socket = new WebSocket(address, protocols, {
    ca,
    headers,
    autoPong: fault !== 'no-pong',
    perMessageDeflate: false,
  })
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  socket.on('error', (error) => {
    if (fault === 'dies-of-refusals' && /Unexpected server response/.test(error.message))
      throw error
  })
  return socket
}

function connect() {
  const path = fault === 'other-path' ? `${RELAY_WEBSOCKET_URL}x` : RELAY_WEBSOCKET_URL
  const own = fault === 'no-id' ? '' : `&sb-hc-id=${fault === 'new-id' ? randomUUID() : id}`
  const inQuery = fault === 'token-in-query' ? `&sb-hc-token=${encodeURIComponent(token())}` : ''
  const headers = {
    'Relay-User-Agent': 'mutant/1.0',
    ...(inQuery === '' && { ServiceBusAuthorization: token() }),
    ...(fault === 'key-in-header' && { 'X-Key': RELAY_KEY }),
  }
  const channel = dial(`${path}?sb-hc-action=listen${own}${inQuery}`, [], headers)
  let pending
  channel.on('open', () => (failures = 0))
  channel.on('message', (data, isBinary) => {
    if (isBinary) {
      const request = pending
      pending = undefined
      return request && answer(channel, request, data)
    }
    // The wrong one takes the text for what it looks like.
    const text =
      fault === 'reads-by-eye' ? /"address":"([^"]*)"/.exec(Buffer.from(data).toString()) : null
    const { accept, request } = JSON.parse(Buffer.from(data).toString())
    if (accept) return meet(text ? { ...accept, address: text[1] } : accept)
    if (request.method === undefined) return fetchRequest(channel, request.address)
    if (request.body && fault !== 'forgets-bodies') pending = request
    else answer(channel, request, Buffer.alloc(0))
  })
  channel.on('close', () => {
    if (fault === 'ends-with-channel') for (const socket of sockets) socket.close()
    if (isStopped || fault === 'no-reconnect') return
    const delay = fault === 'hammers' ? 0 : [0, 1000, 2000, 5000][Math.min(failures++, 3)]
    setTimeout(connect, delay)
  })
}

let open = 0
function meet({ address, connectHeaders }) {
  if (fault === 'one-at-a-time' && open > 0) return
  open++
  const offered = (connectHeaders['Sec-WebSocket-Protocol'] ?? '').split(/, */).filter(Boolean)
  const headers = fault === 'token-at-rendezvous' ? { ServiceBusAuthorization: token() } : {}
  const url = new URL(address)
  if (fault === 'rewrites-address') url.search = new URLSearchParams(url.search).toString()
  const target = fault === 'rewrites-address' ? url.href : address
  if (/[?&]reject=1/.test(address) && fault !== 'never-rejects')
    return dial(`${target}&sb-hc-statusCode=403&sb-hc-statusDescription=Not+today`)
  const socket = dial(target, fault === 'no-protocol' ? [] : offered.slice(0, 1), headers)
  socket.on('message', (data, isBinary) =>
    socket.send(data, { binary: fault === 'all-binary' ? true : isBinary }),
  )
  socket.on('close', () => open--)
}

function fetchRequest(channel, address) {
  const rendezvous = dial(address)
  let request
  rendezvous.on('message', (data, isBinary) => {
    if (!isBinary) request = JSON.parse(Buffer.from(data).toString()).request
    if (isBinary || !request.body)
      answer(
        fault === 'answers-elsewhere' ? channel : rendezvous,
        request,
        isBinary ? data : Buffer.alloc(0),
      )
  })
}

const held = []
function answer(on, { id: requestId, address, method, requestTarget }, body) {
  const parameters = new URL(requestTarget, 'http://x').searchParams
  const bytes = parameters.get('bytes')
  const data = bytes === null ? body : Buffer.alloc(Number(bytes), 'x')
  const response = {
    requestId: fault === 'loses-ids' ? randomUUID() : requestId,
    statusCode: fault === 'always-200' ? 200 : Number(parameters.get('status') ?? 200),
    statusDescription: null,
    responseHeaders: { 'X-Method': fault === 'always-get' ? 'GET' : method },
    body: data.length > 0,
  }
  const write = (socket) => {
    socket.send(JSON.stringify({ response }))
    if (fault === 'mixes-bodies' && data.length > 0) {
      held.push(data)
      if (held.length === 2) for (const one of held.splice(0)) socket.send(one)
    } else if (data.length > 0) socket.send(data)
  }
  if (data.length <= 65_536 || fault === 'all-on-channel') return write(on)
  const rendezvous = dial(address)
  rendezvous.on('open', () => {
    write(rendezvous)
    rendezvous.close(1000)
  })
}

connect()
process.stdin.resume().on('end', () => {
  isStopped = true
  if (fault === 'vanishes') process.exit()
  for (const socket of sockets) socket.close(1000)
  setTimeout(() => process.exit(), 500).unref()
})
