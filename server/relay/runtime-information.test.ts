import { test } from 'tap'
import type { HybridConnection, Namespace } from '../../protocol/entity.ts'
import { emptyFeed, managementError, runtimeInformationEntry } from './runtime-information.ts'

const MADE = {
  origin: 'file',
  createdAt: '2024-01-01T00:00:00.000Z',
  updatedAt: '2024-01-02T00:00:00.000Z',
} as const
const HYCO: HybridConnection = {
  name: 'hyco',
  requiresClientAuthorization: true,
  userMetadata: '[{"key":"endpoint","value":"a&b<c>:1"}]\u0000\ud800',
  authorizationRules: [],
  ...MADE,
}
const CONTOSO: Namespace = {
  name: 'contoso',
  hosts: [],
  location: 'westeurope',
  authorizationRules: [],
  hybridConnections: [HYCO],
  ...MADE,
}
const ADDRESS = 'https://contoso.servicebus.windows.net/hyco?a=1&b=2'

function entry(hybridConnection: HybridConnection): string {
  return runtimeInformationEntry({
    namespace: CONTOSO,
    hybridConnection,
    address: ADDRESS,
    listenerCount: 3,
  })
}

test('the entry is the document of relay-protocol 7.1, element by element', async (t) => {
  t.equal(
    entry(HYCO),
    '<entry xmlns="http://www.w3.org/2005/Atom"><id>https://contoso.servicebus.windows.net/hyco?a=1&amp;b=2</id>' +
      '<title type="text">hyco</title><published>2024-01-01T00:00:00.000Z</published>' +
      '<updated>2024-01-02T00:00:00.000Z</updated><author><name>contoso</name></author>' +
      '<link rel="self" href="https://contoso.servicebus.windows.net/hyco?a=1&amp;b=2"/>' +
      '<content type="application/xml"><HybridConnectionDescription ' +
      'xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" ' +
      'xmlns:i="http://www.w3.org/2001/XMLSchema-instance">' +
      '<CreatedAt>2024-01-01T00:00:00.000Z</CreatedAt><UpdatedAt>2024-01-02T00:00:00.000Z</UpdatedAt>' +
      '<RequiresClientAuthorization>true</RequiresClientAuthorization>' +
      '<UserMetadata>[{&quot;key&quot;:&quot;endpoint&quot;,&quot;value&quot;:&quot;a&amp;b&lt;c&gt;:1&quot;}]\ufffd\ufffd</UserMetadata>' +
      '<ListenerCount>3</ListenerCount></HybridConnectionDescription></content></entry>',
  )
})

test('an entity without metadata has no such element', async (t) => {
  const text = entry({ ...HYCO, userMetadata: undefined })
  t.notMatch(text, /UserMetadata/)
  t.match(text, /<\/RequiresClientAuthorization><ListenerCount>/)
})

test('an unknown entity is an empty feed', async (t) => {
  const feed = emptyFeed({ address: ADDRESS, nowMs: 0 })
  t.match(feed, /^<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom">.*<\/feed>$/)
  t.notMatch(feed, /<entry/)
})

test('a refusal is escaped', async (t) => {
  t.equal(
    managementError(401, 'a < b & "c"\r'),
    '<Error><Code>401</Code><Detail>a &lt; b &amp; &quot;c&quot;&#13;</Detail></Error>',
  )
})
