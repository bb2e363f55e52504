import { test } from 'tap'
import { acceptAll, readOffer, rejectAddress } from './offer.ts'

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
  t.throws(() => rejectAddress(ADDRESS, 101), { name: 'RangeError' })
})
