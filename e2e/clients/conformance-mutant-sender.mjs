// A sender of ws and node:https alone, as `relay-emulator conformance --role sender` asks for, with the fault that
// argv names.
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import WebSocket from 'ws'

const fault = process.argv[2] ?? ''
const { RELAY_WEBSOCKET_URL, RELAY_HTTP_URL, RELAY_KEY_NAME, RELAY_KEY, RELAY_SEND } = process.env
const ca = readFileSync(process.env.RELAY_CA_FILE)
const input = await buffer(process.stdin)

function token() {
  const url = new URL(RELAY_HTTP_URL)
  const host = fault === 'other-audience' ? 'other.example' : url.hostname
  const resource = encodeURIComponent(`http://${host}${url.pathname}/`)
  const expiry = Math.floor(Date.now() / 1000) + 600
  const key = fault === 'decoded-key' ? Buffer.from(RELAY_KEY, 'base64') : RELAY_KEY
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${RELAY_KEY_NAME}`
}

function fail(text) {
  if (fault !== 'says-nothing') console.error(text)
  process.exitCode = fault === 'always-fine' ? 0 : 1
}

let attempts = 0
function exchange() {
  const path = fault === 'other-path' ? `${RELAY_WEBSOCKET_URL}/x` : RELAY_WEBSOCKET_URL
  const key = fault === 'key-in-address' ? `&sb-hc-sas-key=${encodeURIComponent(RELAY_KEY)}` : ''
  const given = (process.env.RELAY_PROTOCOLS ?? '').split(',').filter(Boolean)
  const protocols = fault === 'own-protocol' && given.length === 0 ? ['mqtt'] : given
  if (fault === 'reversed-protocols') protocols.reverse()
  const action = fault === 'no-action' ? 'x=1' : 'sb-hc-action=connect'
  const socket = new WebSocket(`${path}?${action}&sb-hc-id=${randomUUID()}${key}`, protocols, {
    ca,
    headers: { ServiceBusAuthorization: token() },
    perMessageDeflate: false,
    autoPong: fault !== 'no-pong',
    handshakeTimeout: fault === 'impatient' ? 1_000 : 70_000,
  })
  let left = input.length
  socket.on('open', () => socket.send(input, { binary: fault !== 'sends-text' }))
  socket.on('message', (data) => {
    process.stdout.write(data)
    left = fault === 'first-message' ? 0 : left - data.length
    if (left > 0) return
    if (fault === 'just-leaves') socket.terminate()
    else socket.close(1000)
  })
  socket.on('unexpected-response', (_request, { statusCode, statusMessage }) => {
    socket.terminate()
    if (fault === 'knocks-again' && attempts++ === 0) setTimeout(exchange, 100)
    else fail(`${statusCode} ${statusMessage}`)
  })
  socket.on('error', (error) => fail(error.message))
  socket.on('close', (code) => left > 0 && fail(`closed with ${code}`))
}

function post() {
  const url =
    fault === 'hc-in-path' ? RELAY_HTTP_URL.replace(/\/([^/]*)$/, '/$hc/$1') : RELAY_HTTP_URL
  const headers = fault === 'no-token' ? {} : { ServiceBusAuthorization: token() }
  const request = https.request(url, { ca, method: 'POST', headers })
  request.on('error', (error) => fail(error.message))
  request.on('response', async (response) => {
    const body = await buffer(response)
    if (response.statusCode < 300 || fault === 'any-status') process.stdout.write(body)
    else fail(`${response.statusCode} ${response.statusMessage}`)
  })
  request.end(input)
}

if (RELAY_SEND === 'http') post()
else exchange()
