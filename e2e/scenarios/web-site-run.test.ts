import process from 'node:process'
import { test } from 'tap'
import { callAdmin } from '../harness/facts.ts'
import { echo, runApp, serve, startApp, startAppRelay, withoutNamespaces } from './app-fixture.ts'

const skip = withoutNamespaces()

/** Says for each endpoint when it begins to answer and when it does not any more. */
const WATCHER = `
const { connect } = require('node:net')
const seen = {}
const look = (target) => {
  const [host, port] = target.split(':')
  const socket = connect(port, host)
  const tell = (state) => {
    socket.destroy()
    if (seen[target] !== state) console.log(target + ' ' + (seen[target] = state))
    setTimeout(look, 50, target)
  }
  socket.once('error', () => tell('silent'))
  socket.once('close', () => { if (!socket.errored && !socket.told) tell('silent') })
  socket.once('data', () => { socket.told = true; tell('answers') })
  socket.write('x')
}
process.argv.slice(1).forEach(look)
`

async function prepared(t: Parameters<typeof startAppRelay>[0]) {
  const relay = await startAppRelay(t, { a: 'a.corp.example:7001', b: 'b.corp.example:7002' })
  const port = await echo(t)
  await serve(t, relay, 'a', port)
  await serve(t, relay, 'b', port)
  await callAdmin(relay, 'PUT', 'plans/rg1/plan1', { sku: 'S1' })
  await callAdmin(relay, 'PUT', 'apps/web1', { plan: 'plan1', group: 'rg1' })
  await callAdmin(relay, 'PUT', 'apps/web1/hybridConnections/contoso/a', {})
  return relay
}

test(
  'app run --site follows what is attached without a restart of the program',
  { skip },
  async (t) => {
    const relay = await prepared(t)
    const targets = ['a.corp.example:7001', 'b.corp.example:7002']
    const words = [
      'app',
      'run',
      '--site',
      'web1',
      '--',
      process.execPath,
      '-e',
      WATCHER,
      ...targets,
    ]
    const app = startApp(relay, words)
    t.teardown(() => app.stop())
    await app.line('a.corp.example:7001 answers')
    await app.line('b.corp.example:7002 silent')
    await callAdmin(relay, 'PUT', 'apps/web1/hybridConnections/contoso/b', {})
    await app.line('b.corp.example:7002 answers')
    await callAdmin(relay, 'DELETE', 'apps/web1/hybridConnections/contoso/a')
    await app.line('a.corp.example:7001 silent')
    t.match(await app.stop(), { stderr: /contoso\/a was detached/ })

    t.match(
      await runApp(relay, ['app', 'tcpping', targets[1] ?? '', '--site', 'web1', '--end-to-end']),
      {
        code: 0,
      },
    )
    t.match(await runApp(relay, ['app', 'run', '--site', 'none', '--', 'true']), {
      code: 1,
      stderr: /no app none/,
    })
  },
)
