import { test } from 'tap'
import { closedError, refusalError, unreachableError } from './errors.ts'

const TRACKING =
  ' TrackingId:b2d10000-0000-0000-0000-000000000000_G13, SystemTracker:sb://h/hyco, Timestamp:2025-04-24T11:08:15'

test('a refusal of the relay gets its code from status and text (relay-protocol 2.8, 3.2, 4.3, 4.6)', async (t) => {
  const table: [number, string, string][] = [
    [401, 'MissingToken: Relay security token is required.', 'RELAY_TOKEN_MISSING'],
    [401, 'MalformedToken: The token is malformed.', 'RELAY_TOKEN_MALFORMED'],
    [401, 'InvalidSignature: The token has an invalid signature.', 'RELAY_TOKEN_INVALID'],
    [401, 'ExpiredToken: The token is expired.', 'RELAY_TOKEN_EXPIRED'],
    [401, 'InvalidAudience: wrong audience.', 'RELAY_TOKEN_AUDIENCE'],
    [401, 'Authorization failed for specified action: Send.', 'RELAY_CLAIM_MISSING'],
    [401, 'Generic: Ip has been prevented to connect to the endpoint.', 'RELAY_IP_REFUSED'],
    [403, 'Unknown Connection ID: x.', 'RELAY_RENDEZVOUS_UNKNOWN'],
    [403, 'QuotaExceeded: MaximumListenersPerEndpoint was reached.', 'RELAY_LISTENER_QUOTA'],
    [403, 'Something else.', 'RELAY_CLAIM_MISSING'],
    [404, 'Endpoint does not exist.', 'RELAY_ENTITY_UNKNOWN'],
    [404, 'There are no listeners connected for the endpoint.', 'RELAY_NO_LISTENERS'],
    [
      404,
      'None of the connected listeners meet the AllowedListeners criteria',
      'RELAY_LISTENERS_FILTERED',
    ],
    [
      404,
      'None of the connected listeners accepted the connection within the time',
      'RELAY_ACCEPT_TIMEOUT',
    ],
    [
      504,
      'None of the connected listeners accepted the connection within the time',
      'RELAY_ACCEPT_TIMEOUT',
    ],
    [503, 'ServerBusy: The relay is stopping.', 'RELAY_STOPPING'],
    [500, 'InternalServerError: oh.', 'RELAY_REFUSED'],
  ]
  for (const [status, text, code] of table) {
    t.match(refusalError(status, text + TRACKING, 'listener'), { code, status }, text)
  }
  t.equal(
    refusalError(404, `Endpoint does not exist.${TRACKING}`, 'listener').trackingId?.slice(0, 8),
    'b2d10000',
  )
})

test('a text without the tracking suffix is the listener speaking (relay-protocol 4.5)', async (t) => {
  t.match(refusalError(401, 'Unauthorized', 'listener'), {
    code: 'RELAY_REJECTED',
    status: 401,
    reason: 'Unauthorized',
  })
  t.equal(refusalError(400, 'Rejected by user code', 'listener').code, 'RELAY_REJECTED')
  t.equal(refusalError(502, '', 'listener').code, 'RELAY_REJECTED')
})

test('a certificate that is not trusted is told from a host that cannot be reached', async (t) => {
  const fault = (code: string) => Object.assign(new Error(code), { code })
  t.equal(unreachableError('h', fault('SELF_SIGNED_CERT_IN_CHAIN')).code, 'RELAY_TLS_UNTRUSTED')
  t.equal(unreachableError('h', fault('ERR_TLS_CERT_ALTNAME_INVALID')).code, 'RELAY_TLS_UNTRUSTED')
  t.equal(unreachableError('h', fault('ERR_SSL_WRONG_VERSION_NUMBER')).code, 'RELAY_PROTOCOL')
  t.equal(unreachableError('h', fault('ENOTFOUND')).code, 'RELAY_UNREACHABLE')
  const many = new AggregateError([fault('ECONNREFUSED'), fault('ECONNREFUSED')])
  t.match(unreachableError('h', many), { code: 'RELAY_UNREACHABLE', message: /ECONNREFUSED/ })
})

test('a Close says its code and reason', async (t) => {
  t.match(closedError(1011, 'oh'), { code: 'RELAY_CLOSED', closeCode: 1011, reason: 'oh' })
})

test('where no listener is asked, no listener is said to have rejected (relay-protocol 3.2)', async (t) => {
  const message = 'The relay answered 400 Bad Request'
  t.match(refusalError(400, 'Bad Request', 'relay'), { code: 'RELAY_REFUSED', message })
  t.equal(refusalError(503, 'Service Unavailable', 'relay').code, 'RELAY_STOPPING')
})
