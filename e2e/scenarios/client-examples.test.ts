import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Test, test } from 'tap'
import { ROOT } from '../harness/cli.ts'
import { type TestRelay, startRelay } from '../harness/relay.ts'

function strings(relay: TestRelay) {
  const demo = relay.server.ready.namespaces[0]?.hybridConnections.find(
    ({ name }) => name === 'demo',
  )
  if (!demo) throw new Error('no hybrid connection demo')
  return { listen: demo.listenConnectionString, send: demo.sendConnectionString }
}

/** Runs a file of examples/ that ends with the test. */
function run(t: Test, relay: TestRelay, name: string, connectionString: string) {
  const child = spawn(process.execPath, [join(ROOT, 'examples', `${name}.mjs`), connectionString], {
    env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: relay.caFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => (output += `${line}\n`))
  const exited = Promise.all([once(child, 'exit'), once(lines, 'close')])
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    /** Resolves with the first line that matches; rejects when the program ends before. */
    async line(pattern: RegExp): Promise<string> {
      while (!pattern.test(output)) {
        const ended = exited.then(() => {
          if (!pattern.test(output)) throw new Error(`${name} ended: ${output}${errors}`)
        })
        await Promise.race([once(lines, 'line'), ended])
      }
      return output.split('\n').find((line) => pattern.test(line)) ?? ''
    },
    /** Its output and exit code, once it ends by itself. */
    async end() {
      const [[code]] = await exited
      return { code: code as number | null, output, errors }
    },
    stop: () => child.kill('SIGTERM'),
  }
}

const isBuilt = await access(join(ROOT, 'dist/client/index.js')).then(
  () => true,
  () => false,
)
const skip = !isBuilt && 'the examples import the build: npm run build'

for (const [listening, sending, answer] of [
  ['client-listener', 'client-sender', 'hello\n'],
  ['client-websocket-listener', 'client-websocket-sender', 'hello\n'],
  ['client-express', 'client-http-agent', '{"hello":"agent"}\n'],
  ['client-fastify', 'client-fetch', '{"hello":"fetch"}\n'],
] as const) {
  test(
    `${sending} reaches ${listening}, and both end with nothing left open`,
    { skip },
    async (t) => {
      const relay = await startRelay(t)
      const { listen, send } = strings(relay)
      const listener = run(t, relay, listening, listen)
      await listener.line(/^online/m)
      t.match(await run(t, relay, sending, send).end(), { code: 0, output: answer, errors: '' })
      listener.stop()
      t.match(await listener.end(), { code: 0, errors: '' })
    },
  )
}

test('the gatekeeper turns a sender without its sub-protocol away', { skip }, async (t) => {
  const relay = await startRelay(t)
  const { listen, send } = strings(relay)
  const listener = run(t, relay, 'client-gatekeeper', listen)
  await listener.line(/^online/m)
  t.match(await run(t, relay, 'client-sender', send).end(), {
    code: 1,
    errors: /^RELAY_REJECTED .*This listener speaks chat\.v2/,
  })
  listener.stop()
  t.equal((await listener.end()).code, 0)
})

test('the listener with a token provider of its own renews its token', { skip }, async (t) => {
  const relay = await startRelay(t)
  const listener = run(t, relay, 'client-tokens', strings(relay).listen)
  await listener.line(/^online demo$/m)
  await listener.line(/^renewed \d{4}-/m)
  listener.stop()
  t.match(await listener.end(), { code: 0, errors: '' })
})

test('every program on the page of the client library is a file of examples/', async (t) => {
  const page = await readFile(join(ROOT, 'docs/reference/client.md'), 'utf8')
  const shown = [...page.matchAll(/\[(examples\/client-[\w-]+\.mjs)\][^[]*?```js\n([\s\S]*?)```/g)]
  t.ok(shown.length >= 10)
  for (const [, file = '', text] of shown)
    t.equal(text, await readFile(join(ROOT, file), 'utf8'), file)
})

test('every code of an error is explained on the page of the client library', async (t) => {
  const page = await readFile(join(ROOT, 'docs/reference/client.md'), 'utf8')
  const source = await readFile(join(ROOT, 'client/errors.ts'), 'utf8')
  const codes = new Set([...source.matchAll(/'(RELAY_[A-Z_]+)'/g)].map(([, code]) => code ?? ''))
  t.ok(codes.size > 20)
  for (const code of codes) t.ok(page.includes(`\`${code}\``), code)
})
