// A listener that gets its tokens elsewhere: here from the key, in your program from your token service.
import {
  callbackTokenProvider,
  createListener,
  readEndpoint,
  sasTokenProvider,
} from 'relay-emulator/client'
import { parseConnectionString } from 'relay-emulator/protocol'

const connectionString = process.argv[2] ?? process.env.RELAY_LISTEN_CONNECTION_STRING_DEMO
const { sharedAccessKeyName: keyName, sharedAccessKey: key } =
  parseConnectionString(connectionString)
const signer = sasTokenProvider({ keyName, key, lifetimeSeconds: 5 })

const listener = createListener({
  connectionString,
  tokenProvider: callbackTokenProvider(async (audience, signal) =>
    signer.getToken(audience, signal),
  ),
})
listener.on('online', () => console.log(`online ${readEndpoint({ connectionString }).entityPath}`))
listener.on('renewed', (expiresAtMs) =>
  console.log(`renewed ${new Date(expiresAtMs).toISOString()}`),
)
process.once('SIGTERM', () => listener.close())
