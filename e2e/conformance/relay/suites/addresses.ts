import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { RelayBench } from '../bench.ts'
import { checkRefusal } from '../expectations.ts'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'

/** The table that Microsoft's own tests hold the service to; what only their client escapes is left out. */
const QUERIES = [
  ['repeated', 'a=1&a=2', 'a=1&a=2'],
  ['trailing-ampersand', 'a=1&a=2&', 'a=1&a=2&'],
  ['only-ampersands', '&&&', '&&&'],
  ['pair-and-ampersand', 'foo=bar&', 'foo=bar&'],
  ['leading-ampersand', '&foo=bar', '&foo=bar'],
  ['id-alone', 'sb-hc-id=1', ''],
  ['id-first', 'sb-hc-id=1&custom=value', 'custom=value'],
  ['id-last', 'custom=value&sb-hc-id=1', 'custom=value'],
  ['prefix-without-equals', 'sb-hc-undefined', 'sb-hc-undefined'],
  ['prefix-unknown', 'sb-hc-undefined=true', ''],
  ['prefix-empty-value', 'sb-hc-whatever=', ''],
  ['prefix-empty-and-pair', 'sb-hc-whatever=&foo=bar', 'foo=bar'],
  ['bare-word', 'CustomValue', 'CustomValue'],
  ['bare-hyphen', 'custom-Value', 'custom-Value'],
  ['two-words', 'custom&value', 'custom&value'],
  ['words-and-ampersands', '&custom&value&', '&custom&value&'],
  ['double-ampersands', '&&value&&', '&&value&&'],
  ['plus', '+', '+'],
  ['escaped-plus', '%2B', '%2B'],
  ['escaped-blank', '%20', '%20'],
  ['lower-case-hex', '%2f%3a%3d%26', '%2f%3a%3d%26'],
  ['apostrophe', "key='value'", "key='value'"],
  ['api-version', 'api-version=abc', 'api-version=abc'],
] as const

const queryCases = QUERIES.flatMap(([name, sent, seen]): RelayCase[] => [
  {
    id: `addresses.query.http.${name}`,
    level: 'MUST',
    source: '1.3',
    title: `an HTTP request's query "?${sent}" reaches the listener as "${seen === '' ? '' : `?${seen}`}"`,
    needs: BOTH,
    async run(bench) {
      const { request } = await bench.exchange({ query: sent })
      const expected = `/${bench.entity.path}${seen === '' ? '' : `?${seen}`}`
      assert.equal(request.requestTarget, expected, 'requestTarget')
    },
  },
  {
    id: `addresses.query.websocket.${name}`,
    level: 'SHOULD',
    source: '1.3',
    title: `a WebSocket sender's query "?${sent}" leads the listener's address as "${seen}"`,
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const target = `/$hc/${bench.path}?${sent}&sb-hc-action=connect`
      await bench.connect(listener, { target })
      const { address } = await listener.nextAccept()
      const query = address.slice(address.indexOf('?') + 1)
      const own = query.slice(0, query.search(/&?sb-hc-action=/))
      assert.equal(own, seen, 'query before sb-hc-action')
    },
  },
])

/** Spellings of a sender's address that lead to the same hybrid connection. */
const SPELLINGS: readonly {
  readonly name: string
  readonly level: RelayCase['level']
  readonly source: string
  readonly title: string
  target(bench: RelayBench): string
}[] = [
  {
    name: 'action.missing',
    level: 'MUST',
    source: '1.1',
    title: 'a handshake without sb-hc-action is a sender',
    target: ({ path }) => `/$hc/${path}`,
  },
  {
    name: 'action.case',
    level: 'SHOULD',
    source: '1.1',
    title: 'sb-hc-action is compared without case',
    target: ({ path }) => `/$hc/${path}?sb-hc-action=CONNECT`,
  },
  {
    name: 'prefix.case',
    level: 'SHOULD',
    source: '1.1',
    title: 'the prefix $hc is compared without case',
    target: ({ path }) => `/$HC/${path}?sb-hc-action=connect`,
  },
  {
    name: 'prefix.escaped',
    level: 'ASSUMED',
    source: '1.1',
    title: 'the dollar of $hc may come percent-encoded',
    target: ({ path }) => `/%24hc/${path}?sb-hc-action=connect`,
  },
  {
    name: 'prefix.doubled-slash',
    level: 'ASSUMED',
    source: '1.1',
    title: 'a doubled slash behind $hc counts once',
    target: ({ path }) => `/$hc//${path}?sb-hc-action=connect`,
  },
  {
    name: 'entity.case',
    level: 'SHOULD',
    source: '1.1',
    title: 'names of hybrid connections are compared without case',
    target: ({ path }) => `/$hc/${path.toUpperCase()}?sb-hc-action=connect`,
  },
  {
    name: 'entity.escaped',
    level: 'ASSUMED',
    source: '1.1',
    title: 'names of hybrid connections are compared after percent-decoding',
    target: ({ entity }) =>
      `/$hc/%${entity.path.charCodeAt(0).toString(16)}${entity.path.slice(1)}?sb-hc-action=connect`,
  },
  {
    name: 'entity.trailing-slash',
    level: 'ASSUMED',
    source: '1.1',
    title: 'a slash behind the name is accepted',
    target: ({ path }) => `/$hc/${path}/?sb-hc-action=connect`,
  },
  {
    name: 'parameter.case',
    level: 'ASSUMED',
    source: '1.2',
    title: 'names of sb-hc- parameters are compared without case',
    target: ({ path }) => `/$hc/${path}?SB-HC-Action=connect`,
  },
  {
    name: 'parameter.order',
    level: 'MUST',
    source: '1.4',
    title: 'sb-hc- parameters come in any order, before or behind the own ones',
    target: ({ path }) => `/$hc/${path}?sb-hc-id=${randomUUID()}&own=1&sb-hc-action=connect`,
  },
]

const spellingCases = SPELLINGS.map(({ name, target, ...rest }): RelayCase => ({
  id: `addresses.${name}`,
  ...rest,
  needs: BOTH,
  async run(bench) {
    const listener = await bench.listen()
    const sender = await bench.connect(listener, { target: target(bench) })
    const offered = await Promise.race([
      listener.nextAccept().then(() => 'offered'),
      sender.head().then(({ status, reason }) => `${status} ${reason}`),
    ])
    assert.equal(offered, 'offered', 'what became of the sender')
  },
}))

export const ADDRESSES: RelaySuite = {
  name: 'addresses',
  about: 'where a call goes, and what of its address the listener sees',
  cases: [
    ...spellingCases,
    {
      id: 'addresses.action.unknown',
      level: 'SHOULD',
      source: '1.1',
      title: 'an unknown sb-hc-action is refused with 400, which names it',
      needs: ['send'],
      async run(bench) {
        const target = `/$hc/${bench.path}?sb-hc-action=dance`
        const sender = await bench.connect(null, { target })
        checkRefusal(await sender.head(), 400, /Unsupported action 'dance'/)
      },
    },
    {
      id: 'addresses.prefix.missing',
      level: 'ASSUMED',
      source: '1.1',
      title: 'a WebSocket handshake without $hc is refused with 404 or 400',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const sender = await bench.connect(listener, { target: `/${bench.path}` })
        const { status } = await sender.head()
        bench.scope.note(`status ${status}`)
        assert.ok(status === 404 || status === 400, `status is ${status}`)
      },
    },
    {
      id: 'addresses.prefix.http',
      level: 'ASSUMED',
      source: '1.1',
      title: 'an ordinary HTTP request below $hc is refused with 400',
      needs: ['send'],
      async run(bench) {
        const sender = await bench.request(null, { target: `/$hc/${bench.path}` })
        assert.equal((await sender.head()).status, 400, 'status')
      },
    },
    {
      id: 'addresses.entity.longer-name',
      level: 'MUST',
      source: '1.1',
      title: 'a name that only begins like a hybrid connection is another one',
      needs: ['listen', 'namespaceRule'],
      async run(bench) {
        const listener = await bench.listen()
        const token = bench.listenToken({ resource: `http://${bench.host}/` })
        const target = `/$hc/${bench.path}2?sb-hc-action=connect`
        const sender = await bench.connect(listener, { target, token })
        checkRefusal(await sender.head(), 404, /Endpoint does not exist/)
      },
    },
    {
      id: 'addresses.suffix.websocket',
      level: 'MUST',
      source: '1.1, 4.2',
      title: "a path behind the name reaches the listener in the offer's address",
      needs: BOTH,
      async run(bench) {
        const { accept, sender, rendezvous } = await bench.pair({ suffix: '/rooms/1%202' })
        assert.match(accept.address, /\/rooms\/1(?:%20| )2\?/, 'address')
        sender.sendText('through')
        assert.equal((await rendezvous.message()).data.toString(), 'through')
      },
    },
    {
      id: 'addresses.suffix.http',
      level: 'MUST',
      source: '1.1, 5.2',
      title: 'a path behind the name reaches the listener in requestTarget',
      needs: BOTH,
      async run(bench) {
        const { request } = await bench.exchange({ suffix: '/rooms/1' })
        assert.equal(request.requestTarget, `/${bench.entity.path}/rooms/1`)
      },
    },
    ...(['with', 'without'] as const).map((how): RelayCase => ({
      id: `addresses.host.${how}-port`,
      level: 'MUST',
      source: '9.1',
      title: `a Host header ${how} the port finds the namespace`,
      needs: ['listen'],
      async run(bench) {
        const { hostname, port } = bench.target
        const name = hostname.includes(':') ? `[${hostname}]` : hostname
        const host = how === 'with' ? `${name}:${port}` : name
        const { peer } = await bench.tryListen({ host })
        const { status, reason } = await peer.head()
        peer.sendClose(1000)
        assert.equal(status, 101, `status (${reason})`)
      },
    })),
    ...queryCases,
  ],
}
