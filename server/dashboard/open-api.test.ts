import { Ajv } from 'ajv'
import { test } from 'tap'
import { connectionRow, exchangeRow, listenerRow, startAdmin } from './testing/admin-fixture.ts'

const NS = '/namespaces/contoso'
const HC = `${NS}/hybridConnections/sql`
const RULE = `${HC}/authorizationRules/defaultListener`

/** One call of every route that answers with JSON; the template is the path in the document. */
const CALLS = [
  ['GET', '/overview', '/overview'],
  ['GET', '/namespaces', '/namespaces'],
  ['GET', '/namespaces/{ns}', NS],
  [
    'PUT',
    '/namespaces/{ns}',
    '/namespaces/fabrikam',
    { location: 'westus', hosts: ['relay.local'] },
  ],
  ['GET', '/namespaces/{ns}/networkRules', `${NS}/networkRules`],
  [
    'POST',
    '/namespaces/{ns}/networkRules/test',
    `${NS}/networkRules/test`,
    { addresses: ['127.0.0.1'] },
  ],
  ['GET', '/namespaces/{ns}/hybridConnections/{hc}/metrics', `${HC}/metrics`],
  ['GET', '/namespaces/{ns}/hybridConnections', `${NS}/hybridConnections`],
  ['GET', '/namespaces/{ns}/hybridConnections/{hc}', HC],
  ['PUT', '/namespaces/{ns}/hybridConnections/{hc}', HC, { userMetadata: '' }],
  ['GET', '/namespaces/{ns}/authorizationRules', `${NS}/authorizationRules`],
  ['GET', '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules', `${HC}/authorizationRules`],
  ['GET', '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules/{rule}', RULE],
  [
    'PUT',
    '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules/{rule}',
    RULE,
    { rights: ['Listen'] },
  ],
  [
    'POST',
    '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules/{rule}/listKeys',
    `${RULE}/listKeys`,
  ],
  [
    'POST',
    '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules/{rule}/regenerateKeys',
    `${RULE}/regenerateKeys`,
    { keyType: 'SecondaryKey' },
  ],
  [
    'POST',
    '/namespaces/{ns}/hybridConnections/{hc}/authorizationRules/{rule}/tokens',
    `${RULE}/tokens`,
    { right: 'Listen' },
  ],
  ['POST', '/tokens/inspect', '/tokens/inspect', { token: 'x' }],
  ['GET', '/listeners', '/listeners'],
  ['GET', '/listeners/{id}', '/listeners/l_2'],
  ['GET', '/listeners/{id}/picks', '/listeners/l_1/picks'],
  ['GET', '/exchanges', '/exchanges'],
  ['GET', '/exchanges/{id}', '/exchanges/x_1'],
  ['GET', '/connections', '/connections'],
  ['GET', '/connections/{id}', '/connections/c_1'],
  ['GET', '/events', '/events'],
  ['POST', '/reload', '/reload'],
] as const

test('every answer is what the OpenAPI document says of it', async (t) => {
  const { call, live, events } = await startAdmin(t)
  const ended = { at: '2030-01-01T00:00:00.000Z', by: 'relay', code: null, reason: '' } as const
  live.listenerRows.push(listenerRow(), listenerRow({ id: 'l_2', ended }))
  live.connectionRows.push(connectionRow())
  live.exchangeRows.push(exchangeRow())
  events.emit({ type: 'entityChanged', message: 'x' })
  const { body: document } = await call('GET', '/openapi.json')
  t.equal(document['openapi'], '3.1.0')
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false })
  for (const [method, template, path, body] of CALLS) {
    const answer = await call(method, path, body)
    const operation = document['paths']?.[`/api/v1${template}`]?.[method.toLowerCase()]
    const responses = operation?.['responses']
    const schema = responses?.[String(answer.status)]?.['content']?.['application/json']?.['schema']
    t.type(schema, 'object', `${method} ${template} ${answer.status}`)
    const validate = ajv.compile(schema ?? {})
    t.ok(validate(answer.body), `${method} ${path} ${ajv.errorsText(validate.errors)}`)
    t.type(responses?.['default'], 'object', 'errors are in the document')
  }
})

test('every object of the document says that it has no other members', async (t) => {
  const { call } = await startAdmin(t)
  const { text } = await call('GET', '/openapi.json')
  JSON.parse(text, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('properties' in value)) return value
    if (!('type' in value) || value.type !== 'object') return value
    t.match(value, { additionalProperties: false })
    return value
  })
})
