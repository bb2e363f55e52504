import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { test } from 'tap'
import {
  ConnectionStringError,
  formatConnectionString,
  parseConnectionString,
} from './connection-string.ts'

const PORTAL =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=abc+/def=;EntityPath=hyco'

test('the portal’s form is read', (t) => {
  t.strictSame(parseConnectionString(PORTAL), {
    endpoint: 'sb://contoso.servicebus.windows.net/',
    host: 'contoso.servicebus.windows.net',
    port: undefined,
    entityPath: 'hyco',
    sharedAccessKeyName: 'RootManageSharedAccessKey',
    sharedAccessKey: 'abc+/def=',
    useDevelopmentEmulator: false,
  })
  t.end()
})

test('the portal’s form is written', (t) => {
  t.equal(
    formatConnectionString({
      endpoint: 'sb://contoso.servicebus.windows.net/',
      keyName: 'RootManageSharedAccessKey',
      key: 'abc+/def=',
      entityPath: 'hyco',
    }),
    PORTAL,
  )
  t.end()
})

test('names in any case, empty and unknown parts and blanks are fine', (t) => {
  t.hasStrict(parseConnectionString(';; ENDPOINT = sb://H:9443 ;Future=1;;entitypath=/a/b/;'), {
    endpoint: 'sb://h:9443/',
    host: 'h',
    port: 9443,
    entityPath: 'a/b',
    useDevelopmentEmulator: false,
  })
  t.end()
})

test('an endpoint may be a loopback address with a port', (t) => {
  const { host, port, endpoint } = parseConnectionString('Endpoint=sb://[::1]:9443/')
  t.strictSame(
    { host, port, endpoint },
    { host: '[::1]', port: 9443, endpoint: 'sb://[::1]:9443/' },
  )
  t.equal(parseConnectionString('Endpoint=sb://127.0.0.1/').host, '127.0.0.1')
  t.end()
})

test('the other parts are read', (t) => {
  const read = (rest: string) => parseConnectionString(`Endpoint=sb://h/;${rest}`)
  t.equal(
    read('SharedAccessSignature=SharedAccessSignature sr=a&sig=b%3D').sharedAccessSignature,
    'SharedAccessSignature sr=a&sig=b%3D',
  )
  t.equal(read('OperationTimeout=00:01:00').operationTimeoutMs, 60_000)
  t.equal(read('OperationTimeout=1.02:03:04.5').operationTimeoutMs, 93_784_500)
  t.equal(read('OperationTimeout=90').operationTimeoutMs, 90_000)
  t.equal(read('Authentication=Managed Identity').authentication, 'ManagedIdentity')
  t.equal(read('Authentication=managedidentity').authentication, 'ManagedIdentity')
  t.equal(read('UseDevelopmentEmulator=true').useDevelopmentEmulator, true)
  t.equal(read('UseDevelopmentEmulator=False').useDevelopmentEmulator, false)
  t.end()
})

const REFUSED: ReadonlyArray<readonly [code: string, text: string, names: RegExp]> = [
  ['SYNTAX', 'Endpoint=sb://h/;c4n4ry', /Part 2/],
  ['SYNTAX', 'Endpoint=sb://h/;=c4n4ry', /Part 2/],
  [
    'SYNTAX',
    'Endpoint=sb://h/;SharedAccessKey=c4n4ry;sharedaccesskey=c4n4ry',
    /SharedAccessKey is/,
  ],
  ['SYNTAX', 'Endpoint=sb://h/;UseDevelopmentEmulator=c4n4ry', /UseDevelopmentEmulator/],
  ['SYNTAX', '"Endpoint=sb://h/;SharedAccessKey=c4n4ry"', /quotation marks/],
  ['BIZTALK', 'hc://h.hybrid.biztalk.windows.net/x;c4n4ry', /Azure Relay/],
  ['BIZTALK', 'Endpoint=hc://h/x;SharedAccessKey=c4n4ry', /Azure Relay/],
  ['BIZTALK', 'EntityPath=x;endpoint = HC://h/x', /Azure Relay/],
  ['ENDPOINT', '', /no Endpoint/],
  ['ENDPOINT', 'Endpoint=;EntityPath=x', /no Endpoint/],
  ['ENDPOINT', 'Endpoint=https://h/', /sb:/],
  ['ENDPOINT', 'Endpoint=h', /sb:/],
  ['ENDPOINT', 'Endpoint=sb://u:c4n4ry@h/', /sb:/],
  ['ENDPOINT', 'Endpoint=sb://h/path', /sb:/],
  ['ENDPOINT', 'Endpoint=sb://h:0/', /port/],
  ['ENDPOINT', 'Endpoint=sb://h:65536/', /port/],
  ['KEY', 'Endpoint=sb://h/;SharedAccessKey=c4n4ry', /SharedAccessKeyName/],
  ['KEY', 'Endpoint=sb://h/;SharedAccessKeyName=x', /no SharedAccessKey\./],
  [
    'CONFLICT',
    'Endpoint=sb://h/;SharedAccessKeyName=x;SharedAccessKey=c4n4ry;SharedAccessSignature=c4n4ry',
    /SharedAccessSignature/,
  ],
  [
    'CONFLICT',
    'Endpoint=sb://h/;SharedAccessSignature=c4n4ry;Authentication=ManagedIdentity',
    /Authentication/,
  ],
  ['AUTHENTICATION', 'Endpoint=sb://h/;Authentication=c4n4ry', /ManagedIdentity/],
  ['TIMEOUT', 'Endpoint=sb://h/;OperationTimeout=c4n4ry', /OperationTimeout/],
  ['TIMEOUT', 'Endpoint=sb://h/;OperationTimeout=24:00:00', /OperationTimeout/],
]

test('a faulty connection string is refused, naming the part and never a key', (t) => {
  for (const [code, text, names] of REFUSED) {
    const fault = { code: `CONNECTION_STRING_${code}`, message: names }
    t.throws(() => parseConnectionString(text), fault, text)
    t.throws(() => parseConnectionString(text), { message: /^(?!.*c4n4ry)/ }, text)
  }
  t.end()
})

test('a part with a semicolon cannot be written', (t) => {
  const input = { endpoint: 'sb://h/', keyName: 'r', key: 'c4n4ry;' }
  t.throws(() => formatConnectionString(input), {
    code: 'CONNECTION_STRING_SYNTAX',
    message: /^(?!.*c4n4ry).*SharedAccessKey/,
  })
  t.end()
})

test('what is written is read back', (t) => {
  const value = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !text.includes(';') && text.trim() === text)
  const input = fc.record({
    host: fc.domain(),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    keyName: value,
    key: value,
    entityPath: fc.stringMatching(/^[a-z0-9](?:[a-z0-9./_-]*[a-z0-9])?$/),
  })
  fc.assert(
    fc.property(input, ({ host, port, keyName, key, entityPath }) => {
      const endpoint = `sb://${host}${port === undefined ? '' : `:${port}`}/`
      const text = formatConnectionString({ endpoint, keyName, key, entityPath })
      return isDeepStrictEqual(parseConnectionString(text), {
        endpoint: endpoint.toLowerCase(),
        host: host.toLowerCase(),
        port,
        entityPath,
        sharedAccessKeyName: keyName,
        sharedAccessKey: key,
        useDevelopmentEmulator: false,
      })
    }),
  )
  t.end()
})

test('no text makes the parser throw anything but its own error', (t) => {
  const piece = fc.constantFrom(
    'Endpoint=',
    'sb://',
    'h',
    ':',
    '1',
    '/',
    ';',
    '=',
    'hc://',
    'EntityPath=',
    'x',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        try {
          parseConnectionString(text)
          return true
        } catch (error) {
          return error instanceof ConnectionStringError
        }
      },
    ),
  )
  t.end()
})
