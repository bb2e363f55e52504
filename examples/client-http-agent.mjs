// Calls an HTTP listener with node:https; the agent adds the token and finds the relay.
import http from 'node:http'
import https from 'node:https'
import { createSender } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_SEND_CONNECTION_STRING_DEMO
const sender = createSender({ connectionString })
const url = sender.url('/hello?name=agent')
const { request } = url.startsWith('https:') ? https : http

request(url, { agent: await sender.httpAgent() }, async (response) => {
  for await (const chunk of response) process.stdout.write(chunk)
  console.log()
  await sender.close()
}).end()
