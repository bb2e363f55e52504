// An app in the cloud that uses services on-premises by their names, and knows nothing of a relay. It says when they
// can be reached and when not, and opens no port itself.
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

const INTERVAL_MS = 2_000
const TIMEOUT_MS = 5_000
/** What the health check looks for. */
const HEALTHY = '/tmp/healthy'
const { GUIDE = '' } = process.env

const services = {
  'http://intranet.onprem.example:8080/': () => page('http://intranet.onprem.example:8080/'),
  'echo.onprem.example:7007': () => echo('echo.onprem.example', 7007),
  'http://till.branch.example:8090/': () => page('http://till.branch.example:8090/'),
}
const told = new Map()
let isGuided = false
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))

for (;;) {
  const outcomes = await Promise.all(Object.entries(services).map(look))
  if (outcomes.every((isFine) => isFine)) {
    await writeFile(HEALTHY, '')
    if (!isGuided) console.log(GUIDE)
    isGuided = true
  } else {
    await rm(HEALTHY, { force: true })
  }
  await delay(INTERVAL_MS)
}

/** Tells only what changed. */
async function look([name, use]) {
  const text = await use().catch(
    (error) => `fails: ${error.cause?.code ?? error.code ?? error.name}`,
  )
  if (told.get(name) !== text) console.log(`${name} ${text}`)
  told.set(name, text)
  return !text.startsWith('fails')
}

async function page(url) {
  const response = await fetch(url, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const [, heading] = /<h1>(.*)<\/h1>/.exec(await response.text()) ?? []
  return `answers ${response.status}: ${heading}`
}

async function echo(host, port) {
  const socket = connect({ host, port, signal: AbortSignal.timeout(TIMEOUT_MS) })
  socket.end('ping')
  const [reply] = await once(socket, 'data')
  return `echoes: ${reply}`
}
