import { test } from 'tap'
import { sendRequest } from '../harness/raw-request.ts'
import { startRelay } from '../harness/relay.ts'

test('what an absolute target names decides, and not the Host beside it, RFC 9112 3.2.2', async (t) => {
  const namespace = (name: string) => ({
    name,
    hybridConnections: [{ name: `${name}-only`, requiresClientAuthorization: false }],
  })
  const relay = await startRelay(t, {
    configuration: { namespaces: [namespace('contoso'), namespace('fabrikam')] },
  })
  for (const authority of [
    'fabrikam.servicebus.windows.net',
    'user@FABRIKAM.servicebus.localhost:80',
  ]) {
    const headers = ['Host: contoso.servicebus.windows.net']
    const line = `GET http://${authority}/fabrikam-only HTTP/1.1`
    const sender = await sendRequest(t, relay, line, { headers })
    t.match((await sender.head()).reason, /^There are no listeners .*SystemTracker:fabrikam\./i)
  }
  const unknown = await sendRequest(
    t,
    relay,
    'GET http://elsewhere.example/fabrikam-only HTTP/1.1',
    {
      headers: ['Host: fabrikam.servicebus.windows.net'],
    },
  )
  t.match((await unknown.head()).reason, /^Endpoint does not exist\./)
})
