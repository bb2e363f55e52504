import { test } from 'tap'
import { planChecks } from './check-plan.ts'

const LOCAL = {
  namespace: 'localhost',
  endpoint: 'db.corp:5432',
  relay: { host: 'localhost', port: 9443, isTls: true },
}
const CLOUD = {
  namespace: 'contoso',
  endpoint: 'web.corp:80',
  relay: { host: 'contoso.servicebus.windows.net', port: 443, isTls: true },
}
const KNOWN = [LOCAL, CLOUD]

test('an endpoint is checked together with the relay of its hybrid connection', (t) => {
  t.match(planChecks('web.corp:80', KNOWN), {
    target: { host: 'web.corp', port: 80 },
    isRelay: false,
    relay: CLOUD.relay,
  })
  t.match(planChecks('other.corp:80', KNOWN), { isRelay: false, relay: LOCAL.relay })
  t.match(planChecks('other.corp:80', []), { isRelay: false, relay: undefined })
  t.end()
})

test('a relay is recognised by its namespace, name and address', (t) => {
  t.match(planChecks('localhost', KNOWN), { isRelay: true, target: LOCAL.relay })
  t.match(planChecks('localhost:9443', KNOWN), { isRelay: true, relay: LOCAL.relay })
  for (const name of [
    'contoso',
    'Contoso.servicebus.windows.net',
    'https://contoso.servicebus.windows.net/',
  ]) {
    t.match(planChecks(name, KNOWN), { isRelay: true, target: CLOUD.relay }, name)
  }
  t.match(planChecks('fabrikam', KNOWN), {
    target: { host: 'fabrikam.servicebus.windows.net', port: 443 },
  })
  t.match(planChecks('fabrikam.servicebus.windows.net:443', []), {
    isRelay: true,
    relay: { isTls: true },
  })
  t.match(planChecks('relay.corp', []), { target: { host: 'relay.corp', port: 443 } })
  t.end()
})

test('what is neither is refused', (t) => {
  for (const text of ['', 'a b', 'db:0', 'db:70000', 'db:x', 'user@db:1']) {
    t.throws(() => planChecks(text, KNOWN), { code: 'RELAY_INPUT_INVALID' }, text)
  }
  t.end()
})
