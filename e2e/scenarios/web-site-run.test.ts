import process from 'node:process'
import { test } from 'tap'
import { azureOf } from '../harness/azure.ts'
import { callAdmin, factOf } from '../harness/facts.ts'
import {
  echo,
  runApp,
  runUnprivileged,
  serve,
  startApp,
  startAppRelay,
  withoutNamespaces,
} from './app-fixture.ts'

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

/** Keeps one tunnel busy and opens others; tells how many failed when its input says so. */
const LOAD = `
const { connect } = require('node:net')
let opened = 0, failed = 0, dropped = 0, isEnding = false
const long = connect(7001, 'a.corp.example')
long.on('error', () => dropped++).on('close', () => { if (!isEnding) dropped++ })
long.on('data', () => setTimeout(() => long.write('x'), 5)).write('x')
const next = () => {
  if (isEnding) return
  const socket = connect(7001, 'a.corp.example')
  let isFine = false
  socket.once('data', () => { isFine = true; if (++opened === 1) console.log('loaded'); socket.end() })
  socket.on('error', () => {}).on('close', () => { if (!isFine) failed++; setImmediate(next) })
  socket.write('x')
}
for (let index = 0; index < 4; index++) next()
process.on('SIGUSR2', () => {
  isEnding = true
  console.log(JSON.stringify({ opened, failed, dropped }))
  process.exit()
})
console.log('pid ' + process.pid)
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

test(
  'keys are rotated under load without a failed connect or a dropped tunnel',
  { skip },
  async (t) => {
    const relay = await prepared(t)
    const azure = azureOf(relay)
    const app = startApp(relay, [
      ...['app', 'run', '--site', 'web1', '--', process.execPath, '-e', LOAD],
    ])
    t.teardown(() => app.stop())
    const pid = Number((await app.line('pid ')).slice(4))
    await app.line('loaded')
    const rule = 'namespaces/contoso/hybridConnections/a/authorizationRules/defaultSender'
    const attachment = `${azure.group.replace('relay-emulator', 'rg1')}/providers/Microsoft.Web/sites/web1/hybridConnectionNamespaces/contoso/relays/a`
    /** Traffic goes on with the key of now. */
    const isLoaded = async () => {
      let after = relay.server.feed.last
      for (let count = 0; count < 10; count++) {
        after = (await factOf(relay, 'connectionOpened', after)).n
      }
    }
    const regenerate = async (keyType: 'PrimaryKey' | 'SecondaryKey') =>
      (await callAdmin(relay, 'POST', `${rule}/regenerateKeys`, { keyType })) as {
        primaryKey: string
        secondaryKey: string
      }
    const setKey = async (sendKeyValue: string) => {
      const body = { properties: { sendKeyName: 'defaultSender', sendKeyValue } }
      t.equal((await azure.call('PATCH', attachment, { body })).status, 200)
    }
    // Four times, each step on the heels of the one before: connections are on their way with the key that goes.
    for (let round = 0; round < 4; round++) {
      await setKey((await regenerate('SecondaryKey')).secondaryKey)
      const { primaryKey } = await regenerate('PrimaryKey')
      await isLoaded()
      await setKey(primaryKey)
      await isLoaded()
    }
    process.kill(pid, 'SIGUSR2')
    const outcome = JSON.parse(await app.line('"failed"')) as { opened: number }
    t.match(outcome, { failed: 0, dropped: 0 }, app.stderr())
    t.ok(outcome.opened > 40, `${outcome.opened} connections`)
  },
)

/** Connects to a.corp.example again and again, and ends when it answers no more. */
const UNTIL_SILENT = `
const { connect } = require('node:net')
let answers = 0
const look = () => {
  const socket = connect(7001, 'a.corp.example')
  let isFine = false
  socket.once('data', () => { isFine = true; socket.destroy() })
  socket.on('error', () => {}).on('close', () => {
    if (isFine) { answers++; setTimeout(look, 20) } else console.log(answers > 0 ? 'led' : 'never led')
  })
  socket.write('x')
}
look()
`

test(
  'where namespaces are forbidden app run --site leads a Node program by a preload, and tells what it cannot learn of',
  { skip },
  async (t) => {
    const relay = await prepared(t)
    const running = runUnprivileged(
      relay,
      ['app', 'run', '--site', 'web1', '--', process.execPath, '-e', UNTIL_SILENT],
      { hasNamespaces: false },
    )
    await factOf(relay, 'connectionOpened')
    // Another key reaches it all the same.
    const attachment = 'apps/web1/hybridConnections/contoso/a'
    await callAdmin(relay, 'PUT', attachment, { key: 'secondary' })
    const rule = 'namespaces/contoso/hybridConnections/a/authorizationRules/defaultSender'
    await callAdmin(relay, 'POST', `${rule}/regenerateKeys`, { keyType: 'PrimaryKey' })
    await factOf(relay, 'connectionOpened', relay.server.feed.last)
    await callAdmin(relay, 'PUT', 'apps/web1/hybridConnections/contoso/b', {})
    await callAdmin(relay, 'DELETE', attachment)
    const outcome = await running
    t.match(outcome, { code: 0, stdout: 'led\n' }, outcome.stderr)
    t.match(outcome.stderr, /contoso\/a: the app has another key now/)
    t.match(outcome.stderr, /contoso\/a was detached/)
    t.match(outcome.stderr, /b\.corp\.example:7002 is led when the program is started again/)
  },
)
