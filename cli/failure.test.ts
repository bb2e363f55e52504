import { test } from 'tap'
import { ConnectionStringError } from '../protocol/connection-string.ts'
import { configError } from '../server/config/config-error.ts'
import { CertificateError } from '../server/tls/certificate-error.ts'
import { CliError, EXIT, exitCodeOf, formatFailure } from './failure.ts'

test('a failure tells what happened and the next command, and no stack', async (t) => {
  const failure = new CliError(EXIT.unreachable, 'cannot reach it', 'relay-emulator start')
  t.equal(formatFailure(failure), 'relay-emulator: cannot reach it\n  try: relay-emulator start\n')
  t.match(formatFailure(failure, true), /failure\.test\.ts/, 'but a stack for debugging')
})

test('faults of configuration and connection strings are usage faults', async (t) => {
  t.equal(exitCodeOf(configError('--port', 'must be a port')), 2)
  t.equal(exitCodeOf(new ConnectionStringError('CONNECTION_STRING_KEY', 'no key')), 2)
  t.equal(exitCodeOf(new CertificateError('TLS_FILE_INVALID', 'no certificate')), 2)
  t.equal(exitCodeOf(new Error('other')), 1)
  t.equal(exitCodeOf('text'), 1)
})

test('a bad connection string is called one', async (t) => {
  const error = new ConnectionStringError('CONNECTION_STRING_SYNTAX', 'Part 1 is not Name=Value.')
  t.equal(
    formatFailure(error),
    'relay-emulator: the connection string cannot be used: Part 1 is not Name=Value.\n' +
      '  try: relay-emulator connection-string prints some that can\n',
  )
})

test('a port in use is named', async (t) => {
  const error = Object.assign(new Error('listen EADDRINUSE'), {
    code: 'EADDRINUSE',
    address: '127.0.0.1',
    port: 9443,
  })
  t.match(
    formatFailure(error),
    /port 9443 on 127\.0\.0\.1 is in use.*\n {2}try: relay-emulator status/,
  )
})

test('an address or data folder that does not serve is told with what would', async (t) => {
  const address = Object.assign(new Error('listen EADDRNOTAVAIL'), {
    code: 'EADDRNOTAVAIL',
    address: '10.99.99.99',
  })
  t.match(
    formatFailure(address),
    /10\.99\.99\.99 is no address of this machine\n {2}try: --host 127\.0\.0\.1/,
  )
  const folder = new CertificateError('TLS_FILE_UNWRITABLE', 'cannot write /proc/x/ca.pem (ENOENT)')
  t.match(formatFailure(folder), /cannot write .*\n {2}try: --data-dir DIR/)
})

test('a name to listen on that nobody knows is told with what would serve', async (t) => {
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND relay.example'), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: 'relay.example',
  })
  t.match(
    formatFailure(unknown),
    /: relay\.example cannot be resolved \(ENOTFOUND\)\n {2}try: --host 127\.0\.0\.1/,
  )
})

test('problems of a file begin their line with the place, for editors', async (t) => {
  const text = formatFailure(configError('seed', 'must be a whole number', 'relay-emulator.yaml'))
  t.match(
    text,
    /\nrelay-emulator\.yaml seed: must be a whole number\n {2}try: relay-emulator config schema/,
  )
  t.match(
    formatFailure(configError('--port', 'must be a port')),
    /try: relay-emulator start --help/,
  )
})
