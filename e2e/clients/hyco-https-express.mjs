// A real web application: express, with pages, JSON, forms, an upload, a download, redirects and cookies, behind
// unmodified hyco-https the way its README says. argv: listen URI, rule name, key, entity path.
// Prints one line of JSON per event; ends when its standard input does.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const http = require('node:http')
const https = require('hyco-https')
http.ServerResponse = https.ServerResponse
const express = require('express')

const [uri, keyName, key, entity] = process.argv.slice(2)
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

const PAGE = `<!doctype html><html><head><title>Behind the relay</title>
<link rel="stylesheet" href="style.css"></head><body><h1>Behind the relay</h1>
<form id="form" method="post" action="form"><input name="word" value="größe &amp; more"><button>Send</button></form>
<p id="json"></p><script src="app.js"></script></body></html>`
const SCRIPT = `fetch('json', { method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ n: 20 }) }).then((r) => r.json()).then((r) => {
  document.getElementById('json').textContent = 'twice is ' + r.twice })`

const site = express.Router()
site.get('/', (_request, response) => response.type('html').send(PAGE))
site.get('/style.css', (_request, response) =>
  response.type('css').send('h1 { color: rgb(1, 2, 3) }'),
)
site.get('/app.js', (_request, response) => response.type('js').send(SCRIPT))
site.post('/json', express.json(), ({ body }, response) => response.json({ twice: body.n * 2 }))
site.post('/form', express.urlencoded({ extended: false }), ({ body }, response) => {
  response.cookie('word', body.word, { path: `/${entity}/` })
  response.redirect(303, 'welcome')
})
site.get('/welcome', ({ headers }, response) => {
  const word = /word=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? ''
  response.type('html').send(`<title>Welcome</title><p id="word">${decodeURIComponent(word)}</p>`)
})
site.post('/upload', (request, response) => {
  const hash = createHash('sha256')
  let size = 0
  request.on('data', (piece) => {
    hash.update(piece)
    size += piece.length
  })
  request.on('end', () => response.json({ size, sha: hash.digest('hex') }))
})
site.get('/download', ({ query }, response) => {
  response.attachment('relay.bin')
  response.send(Buffer.alloc(Number(query.bytes), 'relay'))
})
site.use((_request, response) => response.status(404).type('text').send('nothing here'))

const app = express()
app.disable('x-powered-by')
app.use(`/${entity}`, site)

const server = https.createRelayedServer(
  { server: uri, token: () => https.createRelayToken(uri, keyName, key) },
  (request, response) => {
    // express gives a request the prototype of Node's own. hyco-https still calls its methods when a body comes on
    // the control channel, and fails there; on a rendezvous it puts them back itself, as is done here.
    const { handleBody, destroy, _read } = request
    Object.assign(request, { handleBody, destroy, _read })
    // Body parsers look for a header of framing, which neither the service nor hyco-https leaves, and for a socket
    // that can be read, where hyco-https has a WebSocket.
    if (request.method === 'POST') request.headers['transfer-encoding'] = 'chunked'
    request.socket.readable = true
    app(request, response)
  },
)
server.on('listening', () => say({ event: 'listening' }))
server.on('error', (error) => say({ event: 'error', message: String(error?.message ?? error) }))
server.listen((error) => error && say({ event: 'error', message: String(error) }))
process.stdin.resume().on('end', () => process.exit(0))
