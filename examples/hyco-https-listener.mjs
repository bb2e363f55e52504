// Answers HTTP requests with Microsoft's hyco-https.
import https from 'hyco-https'

const uri = https.createRelayListenUri('local-relay.servicebus.windows.net', 'demo')
const keyName = 'defaultListener'
const key = 'ELYdKLiktdbOwmY0QDqhtwZlHyny2ue10jc9uJzmFPo='

const server = https.createRelayedServer(
  { server: uri, token: () => https.createRelayToken(uri, keyName, key) },
  (request, response) => {
    response.setHeader('Content-Type', 'text/plain')
    response.end(`${request.method} ${request.url}\n`)
  },
)
server.on('listening', () => console.log(`listening at ${uri}`))
server.on('error', (error) => console.error(error))
server.listen()
