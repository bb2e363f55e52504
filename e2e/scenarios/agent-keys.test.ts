import { once } from 'node:events'
import { test } from 'tap'
import type { AuthorizationRule } from '../../protocol/entity.ts'
import {
  answerOf,
  entityWith,
  startAgent,
  startEndpoint,
  startSender,
  stringsOf,
} from '../harness/agent.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import { startRelay } from '../harness/relay.ts'

/** In the agent's process an hour passes when SIGUSR2 says so: what waits for that long is done. */
const HOUR = `
const { setTimeout: wait } = globalThis
const { now } = Date
const due = []
let passedMs = 0
Date.now = () => now() + passedMs
globalThis.setTimeout = (fire, ms, ...more) => {
  const timer = wait(fire, ms, ...more)
  if (ms > 3_000_000) due.push({ fire, timer })
  return timer
}
process.on('SIGUSR2', () => {
  passedMs += 3_300_000
  for (const { fire, timer } of due.splice(0)) {
    clearTimeout(timer)
    fire()
  }
})
`

test(
  'an agent whose key is regenerated keeps its tunnels, fails at renewal with the reason shown, and takes the new key',
  { skip: process.platform === 'win32' && 'Windows has no signals' },
  async (t) => {
    const port = await startEndpoint(t, (socket) => socket.pipe(socket))
    const endpoint = `127.0.0.1:${port}`
    const relay = await startRelay(t, {
      configuration: {
        namespaces: [{ name: 'contoso', hybridConnections: [entityWith('sql', { endpoint })] }],
      },
    })
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HOUR)}` }
    const agent = await startAgent(t, relay, { env })
    const { listen } = stringsOf(relay, 'sql')
    await agent.add(listen)
    const sender = startSender(t, relay, 'sql')
    const tunnel = await sender.connect()
    const echo = async (word: string) => {
      tunnel.write(word)
      const [chunk] = (await once(tunnel, 'data')) as [Buffer]
      return String(chunk)
    }
    t.equal(await echo('first'), 'first')

    const rule = 'namespaces/contoso/hybridConnections/sql/authorizationRules/defaultListener'
    const { primaryKey } = (await callAdmin(relay, 'POST', `${rule}/regenerateKeys`, {
      keyType: 'PrimaryKey',
    })) as AuthorizationRule
    t.match(await agent.list(), [{ Status: 'Connected' }])
    t.equal(await answerOf(sender, 'still served'), 'still served')

    agent.signal('SIGUSR2')
    t.match(await factOf(relay, 'tokenRefused'), { hybridConnection: 'sql' })
    await agent.logged('"not connected"')
    t.match(await agent.list(), [
      { Status: 'Not connected', NumberOfListeners: null, Note: /invalid signature/ },
    ])
    t.equal(await echo('second'), 'second', 'what is open stays open')
    await t.rejects(sender.connect(), { code: 'RELAY_NO_LISTENERS' })
    t.match(await agent.hcm(['list', '-o', 'table']), {
      stdout: /Not connected.*invalid signature/,
    })

    const fresh = listen.replace(/SharedAccessKey=[^;]*/, `SharedAccessKey=${primaryKey}`)
    t.match(await agent.add(fresh), { Name: 'sql', Status: 'Connected', NumberOfListeners: 1 })
    t.match(await agent.list(), [{ Name: 'sql', Status: 'Connected', Note: undefined }])
    t.equal(await answerOf(sender, 'served again'), 'served again')
    t.equal(await echo('third'), 'third')
    tunnel.destroy()
  },
)
