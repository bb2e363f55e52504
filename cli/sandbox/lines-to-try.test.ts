import { test } from 'tap'
import { type TryFacts, linesToTry } from './lines-to-try.ts'

const forward = {
  name: 'app-intranet',
  pid: 13,
  host: '127.0.0.1',
  port: 8080,
  namespace: 'contoso',
  hybridConnection: 'intranet',
  endpoint: 'intranet.onprem.example:8080',
  connectFile: "/home/o'neill/my data/intranet.connection",
}
const facts: TryFacts = {
  ready: {
    admin: { url: 'http://127.0.0.1:9400' },
    caFile: '/data/ca.pem',
    agents: [
      { name: 'onprem-1', pid: 11, controlApi: 'http://127.0.0.1:1', stateDir: '/data/onprem-1' },
    ],
    app: [forward, { ...forward, name: 'app-echo', port: 7007 }],
  },
  words: { folder: null, node: 'node', 'relay-emulator': 'relay-emulator', hcm: 'hcm' },
  isDefaultAdmin: true,
  canRunCurl: true,
  platform: 'linux',
  again: new Map(),
}

const commands = (changed: Partial<TryFacts>) =>
  linesToTry({ ...facts, ...changed }).map(({ command }) => command)

test('paths that a shell would split or read are quoted', async (t) => {
  const [run = ''] = commands({}).filter((line) => line.includes(' app run '))
  t.ok(run.includes(String.raw`--connect-file '/home/o'\''neill/my data/intranet.connection' `))
})

test('tools are told of an admin port that is not the default one', async (t) => {
  t.ok(commands({}).includes('relay-emulator status'))
  const line = 'relay-emulator status --admin http://127.0.0.1:9400'
  t.ok(commands({ isDefaultAdmin: false }).includes(line))
})

test('where app run cannot lead curl, a Node program shows the page', async (t) => {
  const [run = ''] = commands({ canRunCurl: false }).filter((line) => line.includes(' app run '))
  t.match(run, /-- node -e "fetch\('http:\/\/intranet\.onprem\.example:8080\/'\)/)
})

test('a certificate of the user needs no CA of ours', async (t) => {
  const all = commands({ ready: { ...facts.ready, caFile: null } })
  t.notOk(all.some((line) => line.includes('--ca')))
})

test('Windows ends a process by its own program', async (t) => {
  t.ok(commands({ platform: 'win32' }).includes('taskkill /F /PID 11'))
})
