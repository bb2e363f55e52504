import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { parse } from 'yaml'
import { type Story, story } from './testing/compose.ts'
import { IMAGE, ROOT, docker, evaluate, inspectJson, tryDocker, waitFor } from './testing/engine.ts'

const ENDPOINTS = ['intranet', 'echo', 'till']
const AGENTS = ['onprem-1', 'onprem-2', 'branch']
const SERVICES = ['relay', ...ENDPOINTS, ...AGENTS, 'app-side', 'app']
const PAGES = ['http://intranet.onprem.example:8080/', 'http://till.branch.example:8090/']
const HEADINGS = ['Hello from intranet', 'Hello from till']
const PRODUCTION_NAME = 'local-relay.servicebus.windows.net'
/** The well-known key: docs/reference/connection-strings.md. */
const ROOT_KEY = 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w='

/** What a container sees of some places within two seconds, each: `open`, or the code of the fault. */
function dial(
  container: string,
  ...places: readonly (readonly [string, number])[]
): Promise<string[]> {
  return evaluate(
    container,
    `import { connect } from 'node:net'
    const outcomes = ${JSON.stringify(places)}.map(([host, port]) => new Promise((resolve) => {
      const socket = connect({ host, port })
      setTimeout(() => resolve('ETIMEDOUT'), 2000)
      socket.on('connect', () => resolve('open')).on('error', ({ code }) => resolve(code))
    }))
    console.log(JSON.stringify(await Promise.all(outcomes)))
    process.exit()`,
  )
}

/** Headings of both pages as the app reads them, by new connections; tries until it has both, for so long. */
async function headings(app: string, forMs: number): Promise<readonly (string | null)[]> {
  return evaluate(
    app,
    `const end = Date.now() + ${forMs}
    const read = async (url) => {
      const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(4000) })
      return /<h1>(.*)<.h1>/.exec(await answer.text())?.[1] ?? null
    }
    let found
    do {
      found = await Promise.all(${JSON.stringify(PAGES)}.map((url) => read(url).catch(() => null)))
      if (found.includes(null)) await new Promise((resolve) => setTimeout(resolve, 100))
    } while (found.includes(null) && Date.now() < end)
    console.log(JSON.stringify(found))`,
  )
}

type Place = { readonly IPAddress: string }

async function addressOf(container: string, network: string): Promise<string> {
  const networks = await inspectJson<Record<string, Place>>(container, '.NetworkSettings.Networks')
  return networks[network]?.IPAddress ?? ''
}

/** Sockets of a container as `[state, local port, remote address]` of everything that is not its own loopback. */
function sockets(container: string): Promise<readonly (readonly [string, number, string])[]> {
  return evaluate(
    container,
    `import { readFileSync } from 'node:fs'
    const rows = ['tcp', 'tcp6'].flatMap((file) => readFileSync('/proc/net/' + file, 'utf8').trim().split('\\n').slice(1))
    const found = rows.map((row) => row.trim().split(/\\s+/)).map(([, local, remote, state]) =>
      [state, parseInt(local.split(':')[1], 16), local.split(':')[0], remote.split(':')[0]])
    const isLoopback = (address) => /7F$/.test(address) && address.length === 8 || /^0{24}01000000$|FFFF0000.{6}7F$/.test(address)
    console.log(JSON.stringify(found
      .filter(([, , local]) => !isLoopback(local))
      .map(([state, port, , remote]) => [state, port, remote])))`,
  )
}

/** Ports that are open. */
function listening(all: readonly (readonly [string, number, string])[]): readonly number[] {
  return all.flatMap(([state, port]) => (state === LISTEN ? [port] : []))
}

const ESTABLISHED = '01'
const SYN_SENT = '02'
const LISTEN = '0A'

test('docker-compose.yml is one that both generations of Compose read', async (t) => {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8')
  type Service = {
    ports?: string[]
    healthcheck?: object
    depends_on?: Record<string, { condition: string }>
  }
  const file = parse(text, { merge: true }) as { name?: string; services: Record<string, Service> }
  t.equal(file.name, undefined, 'docker-compose 1.29 refuses a name')
  for (const [name, { ports = [], healthcheck, depends_on: needs = {} }] of Object.entries(
    file.services,
  )) {
    for (const port of ports) t.match(port, /^127\.0\.0\.1:/, `${name}: ${port}`)
    t.ok(healthcheck, `${name} has a health check`)
    for (const [other, { condition }] of Object.entries(needs)) {
      const expected = other.endsWith('trust')
        ? 'service_completed_successfully'
        : 'service_healthy'
      t.equal(condition, expected, `${name} needs ${other}`)
    }
  }
})

test('the compose story', async (t) => {
  const it = story(t)
  const before = Date.now()
  await it.compose(['up', '--detach', '--no-build'])
  await it.healthy('app')
  t.comment(`up and healthy after ${((Date.now() - before) / 1000).toFixed(1)} s`)
  const app = await it.container('app')
  const relay = await it.container('relay')

  await t.test(
    'the app reaches all endpoints by their names, and says so with lines to try',
    async (t) => {
      const log = await waitFor('the lines to try', async () => {
        const text = await docker('logs', app)
        return text.includes('To try') ? text : undefined
      })
      t.match(log, /^echo\.onprem\.example:7007 echoes: ping$/m)
      t.match(log, /^http:\/\/intranet\.onprem\.example:8080\/ answers 200: Hello from intranet$/m)
      t.match(log, /^http:\/\/till\.branch\.example:8090\/ answers 200: Hello from till$/m)
      t.match(await docker('logs', relay), /relay-emulator \S+ is running[^]*To try:/)
    },
  )

  await t.test('a browser on this machine sees the page through the published port', async (t) => {
    const place = await it.published('app-side', 8080)
    t.match(place, /^127\.0\.0\.1:/)
    t.match(await (await fetch(`http://${place}/`)).text(), /Hello from intranet/)
  })

  await t.test('the app reaches no endpoint but through the relay', async (t) => {
    for (const [service, network, port] of [
      ['intranet', 'onprem', 8080],
      ['echo', 'onprem', 7007],
      ['till', 'branch', 8090],
    ] as const) {
      const endpoint = await it.container(service)
      const address = await addressOf(endpoint, it.network(network))
      t.strictSame(await dial(endpoint, [address, port]), ['open'], `${service} listens`)
      const [byAddress, byName] = await dial(app, [address, port], [service, port])
      t.equal(byAddress, 'ETIMEDOUT', `${service} by its address`)
      // Whoever is asked for a name that is not in this network may take long to say so.
      t.match(byName, /^(ENOTFOUND|EAI_AGAIN|ETIMEDOUT)$/, `${service} by its name`)
    }
  })

  await t.test('neither side can dial the app, and the networks not each other', async (t) => {
    t.strictSame(listening(await sockets(app)), [], 'it has no open port')
    const address = await addressOf(await it.container('app-side'), it.network('cloud'))
    t.strictSame(await dial(app, [address, 8080]), ['open'], 'while its network is open in itself')
    const till = await addressOf(await it.container('till'), it.network('branch'))
    const intranet = await addressOf(await it.container('intranet'), it.network('onprem'))
    const blocked = ['ETIMEDOUT', 'ETIMEDOUT']
    t.strictSame(
      await dial(await it.container('echo'), [address, 8080], [till, 8090]),
      blocked,
      'from on-premises',
    )
    t.strictSame(
      await dial(await it.container('till'), [address, 8080], [intranet, 8080]),
      blocked,
      'from the branch',
    )
  })

  await t.test('the relay dials nobody', async (t) => {
    const open = await sockets(relay)
    const served = new Set(listening(open))
    const living = open.filter(([state]) => state === ESTABLISHED || state === SYN_SENT)
    t.ok(
      living.length >= 5,
      `${living.length} connections: two for each of two agents, one of the third`,
    )
    for (const [state, port, remote] of living) {
      t.ok(state === ESTABLISHED && served.has(port), `${remote} dialled port ${port}`)
    }
  })

  await t.test('agents publish no port and open none but on their own loopback', async (t) => {
    for (const service of AGENTS) {
      const agent = await it.container(service)
      const ports = await inspectJson<Record<string, unknown>>(agent, '.NetworkSettings.Ports')
      t.ok(
        Object.values(ports).every((published) => published === null),
        service,
      )
      t.strictSame(listening(await sockets(agent)), [], service)
    }
  })

  await t.test('unmodified official clients use the production name on port 443', (t) =>
    officialClients(t, it),
  )

  await t.test('each service is killed and started again, and the story goes on', async (t) => {
    for (const service of SERVICES) {
      const name = await it.container(service)
      await docker('kill', name)
      if (service.startsWith('onprem')) {
        for (let round = 0; round < 3; round++) {
          t.strictSame(
            await headings(app, 0),
            HEADINGS,
            `without ${service}, through the other agent`,
          )
        }
      }
      await docker('start', name)
      t.strictSame(await headings(app, 30_000), HEADINGS, `after ${service} was killed`)
      // The other agent is killed only when this one serves again.
      if (service.startsWith('onprem')) await it.healthy(service)
    }
    await Promise.all(SERVICES.map((service) => it.healthy(service)))
  })
})

/** hyco-ws and hyco-https as they are published, in the cloud network, trusting the CA of the shared volume. */
async function officialClients(t: Test, it: Story): Promise<void> {
  const run = async (name: string, ...args: string[]) => {
    const id = await docker(
      'run',
      '--detach',
      '--interactive',
      ...['--network', it.network('cloud'), '--volume', `${it.volume('trust')}:/trust:ro`],
      ...['--volume', `${ROOT}e2e/clients:/app/clients:ro`],
      ...['--volume', `${ROOT}node_modules:/app/node_modules:ro`],
      ...['--env', 'NODE_EXTRA_CA_CERTS=/trust/ca.pem', '--env', 'NODE_NO_WARNINGS=1'],
      IMAGE,
      ...['node', `/app/clients/${name}`, ...args],
    )
    t.teardown(() => tryDocker('rm', '--force', '--volumes', id))
    return {
      id,
      /** The line that tells of an event. */
      event: (event: string) =>
        waitFor(`${name}: ${event}`, async () => {
          const lines = (await docker('logs', id)).split('\n')
          return lines.find((line) => line.includes(`"event":"${event}"`))
        }),
    }
  }
  const uri = (action: string) => `wss://${PRODUCTION_NAME}:443/$hc/open?sb-hc-action=${action}`
  const rule = ['RootManageSharedAccessKey', ROOT_KEY]

  await t.test('hyco-ws listens and sends', async (t) => {
    const listener = await run('hyco-ws-listener.mjs', uri('listen'), ...rule)
    await listener.event('listening')
    const sender = await run('hyco-ws-sender.mjs', uri('connect'), ...rule, 'across the cloud')
    t.match(JSON.parse(await sender.event('message')), { text: 'across the cloud' })
    t.match(JSON.parse(await sender.event('closed')), { code: 1000 })
    await docker('rm', '--force', '--volumes', listener.id)
  })

  await t.test('hyco-https answers requests', async (t) => {
    const listener = await run('hyco-https-app.mjs', uri('listen'), ...rule)
    await listener.event('listening')
    const script = `
      const answer = await fetch('https://${PRODUCTION_NAME}/open/deep?q=1', { method: 'POST', body: 'hello' })
      console.log(JSON.stringify({ status: answer.status, ...(await answer.json()) }))`
    const answer = await evaluate<object>(listener.id, script)
    t.match(answer, { status: 200, method: 'POST', url: '/open/deep?q=1', size: 5 })
    await docker('rm', '--force', '--volumes', listener.id)
  })
}
