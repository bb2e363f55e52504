import { test } from 'tap'
import { codeWord, httpErrorCode, RelayError } from './errors.ts'

test('a fault has its status and text from the table unless it must name something', (t) => {
  const fault = new RelayError('RELAY_NO_LISTENERS')
  t.equal(fault.code, 'RELAY_NO_LISTENERS')
  t.equal(fault.status, 404)
  t.equal(fault.message, 'There are no listeners connected for the endpoint.')
  t.equal(new RelayError('RELAY_TOKEN_EXPIRED', 'x').message, 'x')
  t.end()
})

test('the code word is what stands before the colon', (t) => {
  t.equal(codeWord('InvalidSignature: The token has an invalid signature.'), 'InvalidSignature')
  t.equal(codeWord('Authorization failed for specified action: Listen.'), '')
  t.equal(codeWord('Endpoint does not exist.'), '')
  t.end()
})

test('a refusal over HTTP has the error code of its status', (t) => {
  t.equal(httpErrorCode(401), 'TokenMissingOrInvalid')
  t.equal(httpErrorCode(404), 'EndpointNotFound')
  t.equal(httpErrorCode(504), 'GatewayTimeout')
  t.equal(httpErrorCode(418), 'BadRequest')
  t.equal(httpErrorCode(502), 'InternalServerError')
  t.end()
})
