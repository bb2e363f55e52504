import { test } from 'tap'
import { startMutantRelay } from '../conformance/testing/mutant-relay.ts'
import { type StartedCli, runCli, startCli } from '../harness/cli.ts'

const target = (connectionString: string) => ['conformance', '--target', connectionString]

function demoOf({ ready }: StartedCli) {
  const demo = ready.namespaces[0]?.hybridConnections.find(({ name }) => name === 'demo')
  if (!demo) throw new Error('the hybrid connection demo is missing')
  return demo
}

test('with one connection string the rest is not run, and says what it needs', async (t) => {
  const emulator = await startCli(t)
  const demo = demoOf(emulator)
  const words = [
    '--suite',
    'sas',
    '--suite',
    'listener.dropped',
    '--ca',
    emulator.ready.caFile ?? '',
  ]
  const { code, stdout } = await runCli([...target(demo.connectionString), ...words])
  t.equal(code, 0)
  t.match(
    stdout,
    /^ok \d+ - sas\.right\.send: .* # SKIP not run: needs a key .* with Listen alone$/m,
  )
  t.match(
    stdout,
    /^ok \d+ - sas\.anonymous\.no-token: .* # SKIP not run: needs a hybrid connection/m,
  )
  t.match(stdout, /^ok \d+ - listener\.dropped: .* # SKIP not run: needs the emulator's API$/m)
  t.match(stdout, /^ok \d+ - sas\.audience\.hyco: [^#]*$/m)
  const sender = await runCli([
    ...target(demo.sendConnectionString),
    '--suite',
    'selection',
    ...words.slice(-2),
  ])
  t.equal(sender.code, 0)
  t.match(sender.stdout, /not run: needs a key with the right Listen$/m)
  t.notMatch(sender.stdout, /^ok \d+ - [^#]*$/m, 'nothing was run')
})

test('a MUST that does not hold is exit code 5, a SHOULD is none', async (t) => {
  const emulator = await startCli(t)
  const demo = demoOf(emulator)
  const mutant = await startMutantRelay(emulator.ready.relay.plainPort ?? 0, {
    response: (head) => head.replace(/\r\n(?:Via|TrackingId):[^\r]*/g, ''),
  })
  t.teardown(() => mutant.close())
  const plain = `${demo.connectionString.replace(/Endpoint=[^;]*/, `Endpoint=sb://localhost:${mutant.port}/`)};UseDevelopmentEmulator=true`
  const run = (suite: string) => runCli([...target(plain), '--suite', suite])
  const must = await run('http-response.via.added')
  t.equal(must.code, 5, must.stderr)
  t.match(must.stdout, /^not ok 1 - http-response\.via\.added: [^#]*$/m)
  const should = await run('listener.handshake.tracking-id')
  t.equal(should.code, 0, should.stderr)
  t.match(should.stdout, /^not ok 1 - .* # TODO SHOULD$/m)
})

test('what cannot be run is told by exit codes 2, 3 and 4', async (t) => {
  const emulator = await startCli(t)
  const demo = demoOf(emulator)
  const ca = ['--ca', emulator.ready.caFile ?? '']
  const wrongKey = demo.connectionString.replace(/SharedAccessKey=[^;]*/, 'SharedAccessKey=wrong')
  const nowhere = demo.connectionString.replace(/EntityPath=.*/, 'EntityPath=nothing')
  const rows: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [['conformance'], 2, /no relay is named/],
    [[...target('nonsense')], 2, /Name=Value/],
    [[...target(demo.connectionString), '--suite', 'dancing', ...ca], 2, /"dancing"/],
    [[...target(demo.connectionString), '--report', 'pdf=x', ...ca], 2, /--report pdf=x/],
    [[...target(demo.connectionString), '--', 'node'], 2, /--role listener/],
    [['conformance', '--role', 'listener'], 2, /how to start the listener/],
    [['conformance', '--role', 'sender', '--without', 'wings', '--', 'x'], 2, /wings/],
    [[...target(nowhere), ...ca], 2, /no hybrid connection nothing/],
    [
      [
        ...target(
          'Endpoint=sb://localhost:3/;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=c',
        ),
      ],
      3,
      /cannot be reached/,
    ],
    [[...target(demo.connectionString)], 3, /cannot be reached/],
    [[...target(wrongKey), ...ca], 4, /neither Listen nor Send/],
  ]
  for (const [args, code, message] of rows) {
    const outcome = await runCli(args)
    t.equal(outcome.code, code, `${String(message)} ${outcome.stderr}`)
    t.match(outcome.stderr, message)
    t.equal(outcome.stdout, '')
  }
})
