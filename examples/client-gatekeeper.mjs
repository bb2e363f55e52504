// Looks at each sender first: who asks for the right sub-protocol gets in, others are told why not.
import { createListener } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const listener = createListener({
  connectionString,
  acceptHandler: ({ protocols }) =>
    protocols.includes('chat.v2')
      ? { accept: true, protocol: 'chat.v2' }
      : { accept: false, status: 400, reason: 'This listener speaks chat.v2' },
})
listener.on('online', () => console.log('online'))
listener.on('connection', (stream) => stream.end(`you speak ${stream.info.protocol}\n`))
process.once('SIGTERM', () => listener.close())
