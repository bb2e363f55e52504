// An emulator inside a test: free ports, nothing on disk, gone with close().
import assert from 'node:assert/strict'
import { createRelayServer } from 'relay-emulator/server'

const relay = await createRelayServer()
const [{ connectionString }] = relay.ready.namespaces
console.log(connectionString)

const answer = await fetch(`http://localhost:${relay.ready.relay.plainPort}/open`)
assert.equal(answer.status, 404) // there are no listeners connected for the endpoint
await relay.close()
