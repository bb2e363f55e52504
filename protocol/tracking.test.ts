import { test } from 'tap'
import {
  connectionId,
  guidPrefix,
  httpTracker,
  trackingId,
  trackingSuffix,
  webSocketTracker,
} from './tracking.ts'

const GUID = 'ca496b91-0000-4000-8000-0123456789ab'
const never = () => {
  throw new Error('no new id is needed')
}

test('the suffix has the form of the service', (t) => {
  // relay-protocol 9.3
  t.equal(
    trackingSuffix({
      id: GUID,
      tracker: webSocketTracker('contoso.servicebus.windows.net', 'a/b'),
      nowMs: Date.UTC(2025, 3, 24, 11, 8, 15, 999),
    }),
    ` TrackingId:${GUID}_G0, SystemTracker:sb://contoso.servicebus.windows.net/a/b, Timestamp:2025-04-24T11:08:15`,
  )
  t.equal(
    httpTracker('contoso.servicebus.windows.net', 'conn/x'),
    'contoso.servicebus.windows.net:conn/x',
  )
  t.end()
})

test('the gateway is written once', (t) => {
  t.equal(trackingId(GUID), `${GUID}_G0`)
  t.equal(trackingId(trackingId(GUID)), `${GUID}_G0`)
  t.end()
})

test('a connection keeps the id of its sender, and loses what an address could not carry', (t) => {
  t.equal(connectionId(GUID, never), `${GUID}_G0`)
  t.equal(connectionId(`${GUID}_G17_G30`, never), `${GUID}_G17_G30_G0`)
  t.equal(connectionId(`${GUID}-mine`, never), `${GUID}-mine_G0`)
  t.equal(connectionId(`${GUID}_G0`, never), `${GUID}_G0`)
  t.equal(connectionId(`${GUID}${'x'.repeat(65)}`, never), `${GUID}_G0`)
  t.equal(connectionId(`${GUID}&x=1`, never), `${GUID}_G0`)
  t.equal(guidPrefix(GUID.toUpperCase()), GUID.toUpperCase())
  t.end()
})

test('an id that is no GUID is replaced, because Java reads the first 36 characters as one', (t) => {
  for (const id of [undefined, '', 'my-id', ` ${GUID}`, GUID.slice(1), 'x'.repeat(36)]) {
    t.equal(
      connectionId(id, () => GUID),
      `${GUID}_G0`,
    )
    t.equal(guidPrefix(id), undefined)
  }
  t.end()
})
