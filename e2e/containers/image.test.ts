import { type Test, test } from 'tap'
import {
  IMAGE,
  docker,
  evaluate,
  inspect,
  inspectJson,
  tryDocker,
  waitFor,
} from './testing/engine.ts'

const MAX_LAYER_BYTES = 40_000_000
/** Starts whose times are printed. */
const STARTS = 3

/** A running container that ends with the test. Nothing is published. */
async function start(t: Test, options: readonly string[] = [], command: readonly string[] = []) {
  const id = await docker(
    'run',
    '--detach',
    '--log-driver',
    'json-file',
    ...options,
    IMAGE,
    ...command,
  )
  t.teardown(() => tryDocker('rm', '--force', '--volumes', id))
  return id
}

type ReadyLine = { readonly time: number; readonly relay: { port: number; plainPort: number } }

/** The line of the log that tells that every port is open. */
function readyLine(id: string): Promise<ReadyLine> {
  return waitFor('the emulator to be ready', async () => {
    const lines = (await docker('logs', id)).split('\n')
    const found = lines.find((line) => line.includes('"msg":"ready"'))
    return found === undefined ? undefined : (JSON.parse(found) as ReadyLine)
  })
}

test('our layers are below 40 MB, and hold nothing that is bound to a processor', async (t) => {
  // Newest first; the label is the first thing that is ours.
  const history = await docker(
    'history',
    '--no-trunc',
    '--human=false',
    '--format',
    '{{.Size}} {{.CreatedBy}}',
    IMAGE,
  )
  const rows = history.split('\n')
  const ours = rows.slice(
    0,
    rows.findIndex((row) => row.includes('org.opencontainers.image.title')) + 1,
  )
  t.ok(ours.length > 3)
  const bytes = ours.reduce((sum, row) => sum + Number.parseInt(row, 10), 0)
  t.comment(`our layers: ${(bytes / 1e6).toFixed(1)} MB`)
  t.ok(bytes > 1_000_000 && bytes < MAX_LAYER_BYTES, `${bytes} bytes`)
  const id = await start(t, [], ['sleep', '60'])
  t.equal(await docker('exec', id, 'find', '/opt', '-name', '*.node'), '')
})

test('it says what it is, has no privilege, and is checked', async (t) => {
  const config = await inspectJson<{
    User: string
    Labels: Record<string, string>
    Volumes: object
    Healthcheck: { Test: string[] }
    Cmd: string[]
  }>(IMAGE, '.Config')
  t.match(config, {
    User: 'node',
    Labels: {
      'org.opencontainers.image.title': 'relay-emulator',
      'org.opencontainers.image.licenses': 'MIT',
    },
    Volumes: { '/data': {} },
    Healthcheck: { Test: ['CMD', 'node', /\.mjs$/] },
    Cmd: ['relay-emulator', 'start'],
  })
})

test('both programs are on the PATH', async (t) => {
  t.match(await docker('run', '--rm', IMAGE, 'relay-emulator', '--version'), /^\d+\.\d+\.\d+/)
  t.match(await docker('run', '--rm', IMAGE, 'hcm', 'help'), /hcm/)
})

test('on a read-only root it serves 443, 80 and 9400 without privilege, and prints how soon', async (t) => {
  const timesMs: number[] = []
  for (let round = 0; round < STARTS; round++) {
    const id = await start(t, ['--read-only', '--cap-drop', 'ALL', '--health-interval', '1s'])
    const { time, relay } = await readyLine(id)
    timesMs.push(time - Date.parse(await inspect(id, '{{.State.StartedAt}}')))
    t.match(relay, { port: 443, plainPort: 80 })
    if (round > 0) {
      await docker('rm', '--force', '--volumes', id)
      continue
    }
    t.equal(await evaluate(id, 'console.log(process.getuid())'), 1000)
    const script = `
      const page = await fetch('http://127.0.0.1/')
      const health = await fetch('http://127.0.0.1:9400/health/ready')
      console.log(JSON.stringify([page.status, health.status]))`
    t.strictSame(await evaluate(id, script), [200, 200])
    t.match(await docker('exec', id, 'ls', '/data'), /^ca-key\.pem\nca\.pem$/m)
    await waitFor('the health check', async () =>
      (await inspect(id, '{{.State.Health.Status}}')) === 'healthy' ? true : undefined,
    )
    t.equal((await tryDocker('exec', id, 'touch', '/opt/file')).code, 1, 'the root is read-only')
  }
  t.comment(`ready after ${timesMs.join(', ')} ms`)
})

test('any user may run it, with its data in memory', async (t) => {
  const id = await start(t, ['--read-only', '--user', '54321:54321', '--tmpfs', '/data'])
  t.match(await readyLine(id), { relay: { port: 443 } })
})

test('SIGTERM ends it in order, as process 1', async (t) => {
  const id = await start(t)
  await readyLine(id)
  t.match(await docker('exec', id, 'cat', '/proc/1/cmdline'), /^node\0/)
  const before = Date.now()
  await docker('stop', '--time', '10', id)
  t.ok(Date.now() - before < 5_000)
  t.equal(await inspect(id, '{{.State.ExitCode}}'), '0')
  t.match(await docker('logs', id), /"signal":"SIGTERM".*stopping/)
})

test('what it keeps in its volume is there after a restart', async (t) => {
  const id = await start(t)
  await readyLine(id)
  const ca = await docker('exec', id, 'cat', '/data/ca.pem')
  await docker('restart', '--time', '10', id)
  await waitFor('it to serve again', async () =>
    (await tryDocker('exec', id, 'node', '/opt/relay-emulator/scripts/container-health.mjs'))
      .code === 0
      ? true
      : undefined,
  )
  t.equal(await docker('exec', id, 'relay-emulator', 'cert', 'ca'), ca)
})

test('where ports below 1024 need privilege it says what to do', async (t) => {
  const sysctl = 'net.ipv4.ip_unprivileged_port_start=1024'
  const { code, stderr } = await tryDocker(
    'run',
    '--rm',
    '--cap-drop',
    'ALL',
    '--sysctl',
    sysctl,
    IMAGE,
  )
  t.equal(code, 1)
  t.match(stderr, /port 443 on 0\.0\.0\.0 may not be opened.*\n.*ip_unprivileged_port_start=0/)
})
