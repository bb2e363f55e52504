import { test } from 'tap'
import { type OfferAnswer, acceptAll, checkedAnswer, readOffer, rejectAddress } from './offer.ts'

const ADDRESS = 'wss://node.example/$hc/hyco/sub%20x?a=b&sb-hc-action=accept&sb-hc-id=i_G1'

test("an offer shows the sender's own path and query, headers and sub-protocols", async (t) => {
  const offer = readOffer({
    kind: 'accept',
    address: ADDRESS,
    id: 'i_G1',
    connectHeaders: [['Sec-WebSocket-Protocol', 'first, second']],
    remoteEndpoint: { address: '203.0.113.7', port: 1 },
  })
  t.match(offer, { id: 'i_G1', url: '/hyco/sub%20x?a=b', protocols: ['first', 'second'] })
  t.same(acceptAll(offer, new AbortController().signal), { accept: true, protocol: 'first' })
})

test('a rejection is the address with status and text behind it (relay-protocol 4.5)', async (t) => {
  t.equal(
    rejectAddress(ADDRESS, 403, 'not & you'),
    `${ADDRESS}&sb-hc-statusCode=403&sb-hc-statusDescription=not%20%26%20you`,
  )
  t.match(rejectAddress(ADDRESS), /sb-hc-statusCode=400&sb-hc-statusDescription=Bad%20Request$/)
  t.match(rejectAddress(ADDRESS, 403, '\ud800'), /Description=%EF%BF%BD$/)
})

test('an answer that cannot be carried out is the fault of the handler', async (t) => {
  for (const answer of [{ accept: true, protocol: '' }, { accept: false }]) {
    t.equal(checkedAnswer(answer), answer)
  }
  const wrong: unknown[] = [undefined, null, true, {}, { accept: true, protocol: 'a\r\nb: c' }]
  for (const answer of wrong) {
    t.throws(() => checkedAnswer(answer as OfferAnswer), { name: 'TypeError' })
  }
  for (const status of [101, 1_000, '403']) {
    const answer = { accept: false, status } as OfferAnswer
    t.throws(() => checkedAnswer(answer), { name: 'RangeError' }, String(status))
  }
})
