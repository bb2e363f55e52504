import { test } from 'tap'
import { readFormParameter, readParameter, readRawParameter, readRejection } from './parameters.ts'

test('the first parameter of a name counts, in any case', (t) => {
  t.equal(readParameter('a=1&SB-hc-ID=x%2By&sb-hc-id=z', 'sb-hc-id'), 'x+y')
  t.equal(readParameter('sb%2Dhc-id=x', 'sb-hc-id'), 'x')
  t.equal(readParameter('a=b=c', 'a'), 'b=c')
  t.equal(readParameter('a=', 'a'), '')
  t.end()
})

test('a name without an equals sign is no parameter', (t) => {
  t.equal(readParameter('sb-hc-id', 'sb-hc-id'), undefined)
  t.equal(readParameter('', 'sb-hc-id'), undefined)
  t.end()
})

test('a plus is a blank only for form encoders', (t) => {
  t.equal(readParameter('a=x+y%2B', 'a'), 'x+y+')
  t.equal(readFormParameter('a=x+y%2B', 'a'), 'x y+')
  t.equal(readRawParameter('a=x+y%2B', 'a'), 'x+y%2B')
  t.end()
})

test('a broken escape faults its own parameter only', (t) => {
  const fault = { code: 'RELAY_TARGET_INVALID' }
  t.throws(() => readParameter('a=%&b=1', 'a'), fault)
  t.throws(() => readFormParameter('a=%ff', 'a'), fault)
  t.equal(readParameter('a=%&%=2&b=1', 'b'), '1')
  t.equal(readRawParameter('a=%', 'a'), '%')
  t.end()
})

const accept = 'sb-hc-action=accept&sb-hc-id=i&sb-hc-rendezvous=ff'

test('a listener that accepts gives no rejection', (t) => {
  t.equal(readRejection(accept), undefined)
  t.equal(readRejection(`${accept}&sb-hc-statusDescription=x`), undefined)
  t.end()
})

test('a rejection is read in the spelling of .NET and Java', (t) => {
  // relay-protocol 4.5: form encoding, so a blank is a plus.
  t.strictSame(
    readRejection(`${accept}&sb-hc-statusCode=400&sb-hc-statusDescription=Rejected+by+user%2B`),
    { statusCode: 400, statusDescription: 'Rejected by user+' },
  )
  t.end()
})

test('a rejection is read in the spelling of the Node packages', (t) => {
  t.strictSame(readRejection(`${accept}&statusCode=401&statusDescription=a%20b+c`), {
    statusCode: 401,
    statusDescription: 'a b+c',
  })
  t.end()
})

test('a description may be missing', (t) => {
  t.hasStrict(readRejection(`${accept}&sb-hc-statusCode=502`), {
    statusCode: 502,
    statusDescription: '',
  })
  t.hasStrict(readRejection(`${accept}&statusCode=502`), { statusCode: 502, statusDescription: '' })
  t.end()
})

test('a statusCode of the sender’s own query rejects nothing', (t) => {
  t.equal(readRejection(`statusCode=500&statusDescription=x&${accept}`), undefined)
  t.hasStrict(readRejection(`statusCode=500&statusDescription=x&${accept}&statusCode=409`), {
    statusCode: 409,
    statusDescription: '',
  })
  t.equal(readRejection('statusCode=500'), undefined)
  t.end()
})

test('a status code must be an integer between 100 and 999', (t) => {
  for (const code of ['', '99', '099', '1000', '-200', '4.5', 'abc', '0x1f4', '%20400']) {
    const fault = { code: 'RELAY_STATUS_CODE_INVALID', status: 400 }
    t.throws(() => readRejection(`${accept}&sb-hc-statusCode=${code}`), fault, code)
    t.throws(() => readRejection(`${accept}&statusCode=${code}`), fault, code)
  }
  t.equal(readRejection(`${accept}&sb-hc-statusCode=100`)?.statusCode, 100)
  t.equal(readRejection(`${accept}&sb-hc-statusCode=999`)?.statusCode, 999)
  t.end()
})
