import { test } from 'tap'
import { main } from './main.ts'
import { recordingIo } from '../console/testing/recording-io.ts'

async function hcm(argv: readonly string[], input: Parameters<typeof recordingIo>[0] = {}) {
  const { io, written } = recordingIo({ env: { HCM_STATE_DIR: '/nonexistent' }, ...input })
  const code = await main(argv, io)
  return { code, ...written }
}

test('help and version are fine, wrong usage is 2', async (t) => {
  t.match(await hcm(['help']), { code: 0, stdout: /Usage: hcm/ })
  t.match(await hcm(['run', '--help']), { code: 0, stdout: /--connect-to/ })
  t.match(await hcm(['--version']), { code: 0, stdout: /^\d+\.\d+/ })
  t.match(await hcm(['version']), { code: 0, stdout: /^hcm \d[^]*no newer version is known/ })
  t.match(await hcm(['version'], { env: { HCM_LATEST_VERSION: '999.0.0' } }), {
    code: 0,
    stdout: /999\.0\.0 is available/,
  })
  t.match(await hcm(['lst']), { code: 2, stderr: /Did you mean list[^]*try: hcm --help/ })
  t.match(await hcm(['show', '--wrong']), { code: 2, stderr: /try: hcm show --help/ })
  t.match(await hcm(['run', '--control-port', 'x']), { code: 2, stderr: /--control-port must/ })
  t.match(await hcm(['run', '--ca', '/nonexistent']), {
    code: 2,
    stderr: /cannot be read \(ENOENT\)\n {2}try: relay-emulator cert ca > ca\.pem/,
  })
})

test('a state folder that is a file has no daemon: 3', async (t) => {
  const folder = t.testdir({ 'hcm.json': '' })
  const env = { HCM_STATE_DIR: `${folder}/hcm.json` }
  t.match(await hcm(['list'], { env }), { code: 3, stderr: /no daemon runs/ })
})

test('who is not signed in to Azure is told so, and the way that needs no login', async (t) => {
  const four = ['-s', 'sub', '-rg', 'group', '-ns', 'contoso', '-n', 'sql']
  for (const argv of [['add'], ['add', ...four]]) {
    t.match(
      await hcm(argv, { env: { HCM_STATE_DIR: '/nonexistent', PATH: '/nonexistent' } }),
      { code: 4, stderr: /nobody is signed in[^]*az\) is not installed[^]*try: hcm add "CONN/ },
      argv.join(' '),
    )
  }
  t.match(await hcm(['add', '-ns', 'contoso']), { code: 2, stderr: /go together/ })
  t.match(await hcm(['add', 'Endpoint=sb://h/', '--connect-file', 'x']), {
    code: 2,
    stderr: /exclude/,
  })
})

test('a connection string is judged before any daemon is asked, and never repeated', async (t) => {
  for (const [text, stderr] of [
    ['Endpoint=hc://old/;SharedAccessKey=CANARY', /BizTalk/],
    ['Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=CANARY', /EntityPath is missing/],
    ['Endpoint=sb://h/;SharedAccessKey=CANARY;EntityPath=e', /no SharedAccessKeyName/],
    ['CANARY', /the connection string cannot be used: .*Name=Value/],
  ] as const) {
    const outcome = await hcm(['add', '-'], { stdin: `${text}\n` })
    t.match(outcome, { code: 2, stderr })
    t.notMatch(outcome, { stderr: /CANARY/ })
  }
})

test('without a daemon every command exits 3 and names the next one', async (t) => {
  const connect = 'Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=e'
  for (const argv of [
    ['list'],
    ['show', 'a/b'],
    ['remove', '-ns', 'a', '-n', 'b'],
    ['restart', 'a/b'],
    ['test', 'db:1'],
    ['logs'],
    ['add', connect],
  ]) {
    t.match(await hcm(argv), { code: 3, stderr: /try: hcm run --state-dir/ }, argv.join(' '))
  }
})

test('which hybrid connection is meant must be said in one of two ways', async (t) => {
  for (const words of [[], ['a'], ['a/'], ['-ns', 'a'], ['-n', 'b'], ['a/b', '-ns', 'a']]) {
    t.match(
      await hcm(['show', ...words]),
      { code: 2, stderr: /-ns NAMESPACE -n NAME/ },
      words.join(' '),
    )
  }
})
