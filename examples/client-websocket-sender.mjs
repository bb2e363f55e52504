// Sends one message, prints the answer, and closes with a code of its own.
import { createSender } from 'relay-emulator/client'

const connectionString = process.argv[2] ?? process.env.RELAY_SEND_CONNECTION_STRING_DEMO
const socket = await createSender({ connectionString }).connectWebSocket()
socket.on('message', (data) => {
  console.log(data.toString())
  socket.close(4000, 'thanks')
})
socket.send('hello')
