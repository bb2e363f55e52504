// The sender that `relay-emulator conformance --role sender` asks for, made with relay-emulator/client.
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { createSender } from 'relay-emulator/client'

const { RELAY_CONNECTION_STRING, RELAY_CA_FILE, RELAY_SEND, RELAY_PROTOCOLS } = process.env
const sender = createSender({
  connectionString: RELAY_CONNECTION_STRING,
  ca: readFileSync(RELAY_CA_FILE),
})
const input = await buffer(process.stdin)
try {
  await (RELAY_SEND === 'http' ? post() : exchange())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
await sender.close()

async function exchange() {
  const protocols = RELAY_PROTOCOLS ? RELAY_PROTOCOLS.split(',') : []
  const socket = await sender.connectWebSocket({ protocols })
  let left = input.length
  await new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      process.stdout.write(data)
      left -= data.length
      if (left <= 0) socket.close(1000)
    })
    socket.on('close', (code) =>
      left <= 0 ? resolve() : reject(new Error(`closed with ${code} before everything came back`)),
    )
    socket.send(input)
  })
}

async function post() {
  const agent = await sender.httpAgent()
  const request = https.request(sender.url(), { agent, method: 'POST' })
  request.end(input)
  await new Promise((resolve, reject) => {
    request.on('error', reject)
    request.on('response', async (response) => {
      const body = await buffer(response)
      if (response.statusCode < 300) return process.stdout.write(body, resolve)
      return reject(new Error(`${response.statusCode} ${response.statusMessage}`))
    })
  })
}
