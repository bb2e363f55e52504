import assert from 'node:assert/strict'
import { type Answer, readAnswer } from '../../wire/answer.ts'
import type { RelayBench, RequestInput } from '../bench.ts'
import type { RelayCase, RelaySuite } from '../needs.ts'

const PROCESS_AT = ['X-PROCESS-AT', 'ServiceBus'] as const

/** The management call of the .NET client; its token stands in Authorization. */
async function ask(
  bench: RelayBench,
  input: RequestInput & { readonly credential?: string | null } = {},
): Promise<Answer> {
  const { credential = bench.listenToken(), headers = [PROCESS_AT], ...rest } = input
  const list = headers as readonly (readonly [string, string])[]
  const sender = await bench.request(null, {
    query: 'api-version=2016-07',
    token: null,
    headers: credential === null ? list : [...list, ['Authorization', credential]],
    ...rest,
  })
  return readAnswer(sender)
}

/** The elements of the description, in their order. */
function elementsOf(answer: Answer): readonly (readonly [name: string, text: string])[] {
  const xml = answer.body.toString()
  const inner = /<HybridConnectionDescription[^>]*>([^]*?)<\/HybridConnectionDescription>/.exec(xml)
  assert.ok(inner, `there is no HybridConnectionDescription (status ${answer.status})`)
  return [...(inner[1] ?? '').matchAll(/<(\w+)(?:\s[^>]*)?>([^<]*)<\/\1>/g)].map(
    ([, name = '', text = '']) => [name, text] as const,
  )
}

const ORDER = [
  'CreatedAt',
  'UpdatedAt',
  'RequiresClientAuthorization',
  'UserMetadata',
  'ListenerCount',
]

export const RUNTIME: RelaySuite = {
  name: 'runtime',
  about: 'what the relay tells of a hybrid connection',
  cases: [
    {
      id: 'runtime.answer',
      level: 'MUST',
      source: '7.1',
      title: 'the answer is 200 with an Atom entry that holds a HybridConnectionDescription',
      needs: ['listen'],
      async run(bench) {
        const answer = await ask(bench)
        assert.equal(answer.status, 200, `status (${answer.reason})`)
        assert.match(answer.headers.get('Content-Type') ?? '', /^application\/atom\+xml/)
        const xml = answer.body.toString()
        assert.match(xml, /<entry[^>]* xmlns="http:\/\/www\.w3\.org\/2005\/Atom"/, 'entry')
        assert.match(
          xml,
          /<content[^>]*>\s*<HybridConnectionDescription[^>]* xmlns="http:\/\/schemas\.microsoft\.com\/netservices\/2010\/10\/servicebus\/connect"/,
          'content',
        )
      },
    },
    {
      id: 'runtime.order',
      level: 'MUST',
      source: '7.1',
      title: 'its elements come in the order that the .NET client reads',
      needs: ['listen'],
      async run(bench) {
        const names = elementsOf(await ask(bench)).map(([name]) => name)
        const known = names.filter((name) => ORDER.includes(name))
        const expected = ORDER.filter((name) => known.includes(name))
        assert.deepEqual(known, expected, 'elements')
        assert.ok(known.includes('ListenerCount'), 'ListenerCount is missing')
      },
    },
    {
      id: 'runtime.authorization',
      level: 'MUST',
      source: '7.1',
      title: 'RequiresClientAuthorization is what senders meet',
      needs: ['listen'],
      async run(bench) {
        const values = new Map(elementsOf(await ask(bench)))
        const expected = String(!bench.entity.isAnonymous)
        assert.equal(values.get('RequiresClientAuthorization'), expected)
      },
    },
    {
      id: 'runtime.listener-count',
      level: 'MUST',
      source: '7.1',
      title: 'ListenerCount is the number of control channels that are open',
      needs: ['listen'],
      alone: true,
      async run(bench) {
        const count = async () => Number(new Map(elementsOf(await ask(bench))).get('ListenerCount'))
        const before = await count()
        await bench.listen()
        await bench.listen()
        assert.equal(await count(), before + 2, 'ListenerCount')
      },
    },
    {
      id: 'runtime.header-case',
      level: 'ASSUMED',
      source: '7.1',
      title: 'X-PROCESS-AT is compared without case',
      needs: ['listen'],
      async run(bench) {
        const answer = await ask(bench, { headers: [['x-process-at', 'servicebus']] })
        assert.equal(answer.status, 200, 'status')
      },
    },
    {
      id: 'runtime.not-relayed',
      level: 'MUST',
      source: '7.1',
      title: 'the call does not reach a listener',
      needs: ['listen'],
      async run(bench) {
        const listener = await bench.listen()
        await ask(bench)
        await listener.settled()
      },
    },
    {
      id: 'runtime.unknown-entity',
      level: 'ASSUMED',
      question: 25,
      source: '7.1',
      title: 'for what does not exist the answer is 200 with an empty feed',
      needs: ['listen', 'namespaceRule'],
      async run(bench) {
        const credential = bench.listenToken({ resource: `http://${bench.host}/` })
        const target = `/${bench.path}-that-nobody-made?api-version=2016-07`
        const answer = await ask(bench, { target, credential })
        assert.equal(answer.status, 200, `status (${answer.reason})`)
        assert.match(answer.headers.get('Content-Type') ?? '', /type=feed/, 'Content-Type')
        assert.doesNotMatch(answer.body.toString(), /HybridConnectionDescription/, 'body')
      },
    },
    ...(
      [
        ['missing', 'without a token', null],
        ['bad', 'with a bad token', 'SharedAccessSignature nothing'],
      ] as const
    ).map(([name, title, credential]): RelayCase => ({
      id: `runtime.refused-${name}`,
      level: 'MUST',
      source: '7.1',
      title: `${title} the answer is 401 with an XML Error whose Detail has tracking`,
      needs: ['listen'],
      async run(bench) {
        const { status, body } = await ask(bench, { credential })
        assert.equal(status, 401, 'status')
        const detail = /<Error><Code>401<\/Code><Detail>([^<]*)<\/Detail>/.exec(body.toString())
        assert.match(detail?.[1] ?? '', /TrackingId:/, 'Detail')
      },
    })),
    {
      id: 'runtime.right',
      level: 'ASSUMED',
      question: 24,
      source: '7.1',
      title: 'any right is enough',
      needs: ['sendOnly'],
      async run(bench) {
        const credential = bench.sendToken({ credential: bench.entity.sendOnly })
        const { status, reason } = await ask(bench, { credential })
        assert.equal(status, 200, `status (${reason})`)
      },
    },
  ],
}
