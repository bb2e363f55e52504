// Takes every relayed connection and sends back what it brings, byte by byte.
import { pipeline } from 'node:stream/promises'
import { createListener } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const listener = createListener({ connectionString })
listener.on('online', () => console.log('online'))
listener.on('offline', ({ error, retryInMs }) =>
  console.log(error.code, `again in ${retryInMs} ms`),
)
process.once('SIGTERM', () => listener.close())

for await (const stream of listener) {
  console.log(`accepted ${stream.info.url}`)
  pipeline(stream, stream).catch((error) => console.log(`broken: ${error.code}`))
}
console.log('closed')
