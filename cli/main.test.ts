import { test } from 'tap'
import { main } from './main.ts'
import { recordingIo } from '../console/testing/recording-io.ts'

test('main resolves with the exit code and writes to the streams it was given', async (t) => {
  const version = recordingIo()
  t.equal(await main(['--version'], version.io), 0)
  t.match(version.written, { stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })

  const unknown = recordingIo()
  t.equal(await main(['tokn'], unknown.io), 2)
  t.match(unknown.written, { stdout: '', stderr: /Did you mean token/ })
})

test('wrong usage leads to the help of the command itself, not of its group', async (t) => {
  for (const [argv, command] of [
    [['config', 'validate', 'a', 'b'], 'config validate'],
    [['token', 'create', '--nonsense'], 'token create'],
    [['token', 'nonsense'], 'token'],
    [['status', 'token'], 'status'],
  ] as const) {
    const { io, written } = recordingIo()
    t.equal(await main(argv, io), 2)
    t.ok(written.stderr.endsWith(`  try: relay-emulator ${command} --help\n`), written.stderr)
  }
})

test('a failing command is told with what, why and the next step; its stack only on demand', async (t) => {
  const env = { RELAY_EMULATOR_ADMIN_URL: 'no url' }
  const quiet = recordingIo({ env })
  t.equal(await main(['status'], quiet.io), 2)
  t.match(
    quiet.written.stderr,
    /^relay-emulator: --admin "no url" is not .*\n {2}try: --admin http\S+\n$/,
  )

  const debugging = recordingIo({ env: { ...env, RELAY_EMULATOR_DEBUG: '1' } })
  t.equal(await main(['status'], debugging.io), 2)
  t.match(debugging.written.stderr, /\n\s+at /)
})

test('a secret may come from standard input, and a file that is not there is a usage fault', async (t) => {
  const stdin =
    'Endpoint=sb://h.example/;SharedAccessKeyName=r;SharedAccessKey=k;EntityPath=a/b c\n'
  const { io, written } = recordingIo({ stdin })
  t.equal(await main(['token', 'create', '--connect-file', '-'], io), 0)
  t.match(written.stdout, /^SharedAccessSignature sr=http%3A%2F%2Fh\.example%2Fa%2Fb%2520c&sig=/)

  const missing = recordingIo()
  t.equal(await main(['token', 'create', '--connect-file', 'none'], missing.io), 2)
  t.match(missing.written.stderr, /cannot read none: ENOENT/)
})

test('a token may be for another hybrid connection or the whole namespace', async (t) => {
  const connect = 'Endpoint=sb://h.example/;SharedAccessKeyName=r;SharedAccessKey=k;EntityPath=a'
  for (const [entity, resource] of [
    ['b', 'http://h.example/b'],
    ['', 'http://h.example/'],
  ] as const) {
    const { io, written } = recordingIo()
    t.equal(await main(['token', 'create', '--connect', connect, '--entity', entity], io), 0)
    t.match(written.stdout, `sr=${encodeURIComponent(resource)}&`)
  }
})
