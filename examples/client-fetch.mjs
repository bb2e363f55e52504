// Calls an HTTP listener with fetch; needs the package undici.
import { createSender } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_SEND_CONNECTION_STRING_DEMO
const sender = createSender({ connectionString })
const response = await fetch(sender.url('/hello?name=fetch'), {
  dispatcher: await sender.dispatcher(),
})
console.log(await response.text())
await sender.close()
