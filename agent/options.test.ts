import { test } from 'tap'
import { defaultStateDir, flagWords, readRunOptions } from './options.ts'

test('left alone, every option has its default', (t) => {
  t.strictSame(readRunOptions({}, {}), {
    stateDir: null,
    readyFile: null,
    controlPort: 0,
    connectTo: [],
    ca: null,
    mask: 'random',
    name: null,
    simulateLatest: null,
    portalUrl: null,
    logLevel: 'info',
    logFormat: null,
  })
  t.end()
})

test('a flag wins over its variable, which wins over the default', (t) => {
  const env = { HCM_CONTROL_PORT: '1', HCM_NAME: 'env', HCM_CONNECT_TO: 'a:1:b:2,c:3:d:4' }
  t.match(readRunOptions({ controlPort: '2' }, env), { controlPort: 2, name: 'env' })
  t.equal(readRunOptions({}, env).connectTo.length, 2)
  t.match(readRunOptions({ connectTo: ['x:1:y:2'] }, env).connectTo, [{ host: 'x' }])
  t.end()
})

test('a wrong value is told with the name it was given by', (t) => {
  t.throws(() => readRunOptions({ controlPort: '70000' }, {}), { message: /^--control-port must/ })
  t.throws(() => readRunOptions({}, { HCM_LOG_LEVEL: 'loud' }), { message: /^HCM_LOG_LEVEL must/ })
  t.throws(() => readRunOptions({ connectTo: ['nonsense'] }, {}), { message: /^--connect-to must/ })
  t.throws(() => readRunOptions({ portalUrl: 'javascript:1' }, {}), {
    message: /^--portal-url must/,
  })
  t.end()
})

test('flags are repeated word by word', (t) => {
  t.strictSame(flagWords({ name: 'a', connectTo: ['x:1:y:2', 'z:3:w:4'] }), [
    '--connect-to',
    'x:1:y:2',
    '--connect-to',
    'z:3:w:4',
    '--name',
    'a',
  ])
  t.end()
})

test('the state folder is where the platform keeps the state of a user', (t) => {
  const dir = (platform: NodeJS.Platform, env: NodeJS.ProcessEnv = {}) =>
    defaultStateDir({ platform, env, homeDir: platform === 'win32' ? 'C:\\Users\\x' : '/home/x' })
  t.equal(dir('linux'), '/home/x/.local/state/relay-emulator-hcm')
  t.equal(dir('linux', { XDG_STATE_HOME: '/s' }), '/s/relay-emulator-hcm')
  t.equal(dir('linux', { XDG_STATE_HOME: 's' }), '/home/x/.local/state/relay-emulator-hcm')
  t.equal(dir('darwin'), '/home/x/Library/Application Support/relay-emulator-hcm')
  t.equal(dir('win32'), 'C:\\Users\\x\\AppData\\Local\\relay-emulator-hcm')
  t.end()
})
