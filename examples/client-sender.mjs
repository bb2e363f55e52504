// Sends a line, ends its own direction, and reads what comes back.
import { createSender } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_SEND_CONNECTION_STRING_DEMO
const sender = createSender({ connectionString })
try {
  const stream = await sender.connect({ headers: { 'X-Hello': 'yes' }, timeoutMs: 10_000 })
  stream.end('hello\n')
  for await (const chunk of stream) process.stdout.write(chunk)
} catch (error) {
  console.error(error.code, error.message)
  process.exitCode = 1
}
