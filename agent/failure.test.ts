import { test } from 'tap'
import { ConnectionStringError } from '../protocol/connection-string.ts'
import { AgentError } from './agent-error.ts'
import { CommandError, EXIT } from '../console/command-failure.ts'
import { exitCodeOf, formatFailure } from './failure.ts'

test('a failure says what happened and what to try, without a stack trace', (t) => {
  const error = new CommandError(EXIT.unreachable, 'no daemon runs', 'hcm run')
  t.equal(formatFailure(error), 'hcm: no daemon runs\n  try: hcm run\n')
  t.match(formatFailure(error, true), /failure\.test\.ts/)
  t.equal(formatFailure('odd'), 'hcm: odd\n')
  const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 4711 })
  t.match(formatFailure(taken), /port 4711 is in use[^]*--control-port 0/)
  const denied = Object.assign(new Error('open'), { code: 'EACCES', path: '/x' })
  t.match(formatFailure(denied), /\/x cannot be used \(EACCES\)[^]*--state-dir/)
  t.end()
})

test('exit codes follow product 3', (t) => {
  t.equal(exitCodeOf(new CommandError(EXIT.unauthorised, 'x')), 4)
  t.equal(exitCodeOf(new ConnectionStringError('CONNECTION_STRING_SYNTAX', 'x')), 2)
  t.equal(exitCodeOf(new TypeError('--control-port must be a port')), 2)
  t.equal(exitCodeOf(new AgentError('HCM_STATE_DAMAGED', 'x')), 2)
  t.equal(exitCodeOf(new AgentError('HCM_ALREADY_RUNNING', 'x')), 1)
  t.equal(exitCodeOf(new Error('x')), 1)
  t.end()
})
