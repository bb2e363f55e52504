import { test } from 'tap'
import { OPTIONS, OPTION_NAMES, commandLineOption, readOptions, variableOf } from './options.ts'

const place = { file: 'relay-emulator.yaml', line: 3, column: 7 }
const nothing = { flags: {}, env: {}, file: {}, platform: 'linux', homeDir: '/home/ada' } as const

test('without any word from outside the defaults of the documentation hold', async (t) => {
  // product 3
  t.strictSame(readOptions(nothing), {
    config: null,
    host: '127.0.0.1',
    port: 9443,
    plainPort: 9480,
    adminPort: 9400,
    dnsPort: null,
    armPort: 9444,
    dataDir: '/home/ada/.local/share/relay-emulator',
    inMemory: false,
    tlsCert: null,
    tlsKey: null,
    seed: null,
    profile: '2025',
    randomKeys: false,
    loose: false,
    readyFile: null,
    logLevel: 'info',
    logFormat: null,
  })
})

test('a flag wins over its variable, which wins over the file', async (t) => {
  const file = {
    port: { text: '1', place },
    adminPort: { text: '2', place },
    seed: { text: '3', place },
  }
  const env = { RELAY_EMULATOR_PORT: '10', RELAY_EMULATOR_ADMIN_PORT: '20' }
  const options = readOptions({ ...nothing, file, env, flags: { port: '100' } })
  t.match(options, { port: 100, adminPort: 20, seed: 3 })
})

test('an empty variable counts as unset', async (t) => {
  const env = { RELAY_EMULATOR_PORT: '', RELAY_EMULATOR_LOOSE: '', RELAY_EMULATOR_DATA_DIR: '' }
  t.match(readOptions({ ...nothing, env }), { port: 9443, loose: false, dataDir: /ada/ })
})

test('switches are read from flags and variables', async (t) => {
  for (const word of ['true', '1', 'yes', 'on', 'TRUE']) {
    t.equal(
      readOptions({ ...nothing, env: { RELAY_EMULATOR_IN_MEMORY: word } }).inMemory,
      true,
      word,
    )
  }
  for (const word of ['false', '0', 'no', 'off']) {
    t.equal(
      readOptions({ ...nothing, env: { RELAY_EMULATOR_IN_MEMORY: word } }).inMemory,
      false,
      word,
    )
  }
  const env = { RELAY_EMULATOR_LOOSE: 'true' }
  t.equal(readOptions({ ...nothing, flags: { loose: true } }).loose, true)
  t.equal(readOptions({ ...nothing, env, flags: { loose: 'false' } }).loose, false)
})

test('ports that may be closed take the word off', async (t) => {
  const options = readOptions({ ...nothing, flags: { plainPort: 'off', dnsPort: '5353' } })
  t.match(options, { plainPort: null, dnsPort: 5353 })
})

test('a bad value is named with its source and what is allowed', async (t) => {
  for (const [input, message] of [
    [{ flags: { port: '70000' } }, /^--port must be a port from 0 to 65535/],
    [{ flags: { port: '' } }, /^--port must be a port/],
    [{ flags: { host: ' ' } }, /^--host must not be empty/],
    [{ flags: { seed: '-1' } }, /^--seed must be a whole number/],
    [{ flags: { seed: '4294967296' } }, /^--seed must be at most 4294967295/],
    [
      { env: { RELAY_EMULATOR_PROFILE: '2024' } },
      /^RELAY_EMULATOR_PROFILE must be one of 2017, 2023, 2025/,
    ],
    [{ env: { RELAY_EMULATOR_LOOSE: 'maybe' } }, /^RELAY_EMULATOR_LOOSE must be true, 1/],
    [
      { file: { logLevel: { text: 'loud', place } } },
      /^relay-emulator.yaml:3:7: logLevel must be one of trace/,
    ],
    [{ flags: { tlsCert: 'cert.pem' } }, /^--tls-cert, --tls-key: .*give both or neither/],
  ] as const) {
    t.throws(() => readOptions({ ...nothing, ...input }), { name: 'ConfigError', message })
  }
})

test('all options at fault are told at once', async (t) => {
  const flags = { port: 'x', profile: 'y' }
  t.throws(() => readOptions({ ...nothing, flags }), { message: /--port .*\n--profile / })
})

test('options cannot be changed afterwards', async (t) => {
  t.ok(Object.isFrozen(readOptions(nothing)))
})

test('flag, variable and help of an option come from its row', async (t) => {
  t.equal(variableOf('plainPort'), 'RELAY_EMULATOR_PLAIN_PORT')
  t.strictSame(commandLineOption('plainPort'), {
    flags: '--plain-port <PORT|off>',
    help: 'relay in clear text; 0 picks a free port (default 9480, RELAY_EMULATOR_PLAIN_PORT)',
  })
  t.equal(commandLineOption('inMemory').flags, '--in-memory [true|false]')
  for (const name of OPTION_NAMES) {
    // A command line's parser makes camelCase of the flag: it must come out as the key of the row.
    const camelCase = OPTIONS[name].flag
      .slice(2)
      .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    t.equal(camelCase, name)
  }
})
