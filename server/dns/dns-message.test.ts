import { type Packet, RECURSION_DESIRED, decode, encode } from 'dns-packet'
import { test } from 'tap'
import { gatewayNames } from '../../protocol/gateway-names.ts'
import { answerMessage } from './dns-message.ts'
import { answerFrom } from './dns-zone.ts'

const ZONE = {
  stamp: 'dm3-010',
  namespaces: [
    { name: 'contoso', hosts: ['relay.corp.example', '10.1.2.3'] },
    { name: 'fabrikam', hosts: [] },
  ],
}
const ADDRESSES = ['172.20.0.2', 'fd00::2']

function ask(question: { name: string; type: string; class?: string }, more: Packet = {}) {
  const query = encode({
    type: 'query',
    id: 7,
    flags: RECURSION_DESIRED,
    questions: [{ class: 'IN', ...question }] as never,
    ...more,
  })
  return read(answer(query))
}

function answer(message: Buffer): Buffer | undefined {
  return answerMessage(message, (question) => answerFrom(ZONE, question, ADDRESSES))
}

function read(message: Buffer | undefined) {
  const packet = decode(message ?? Buffer.alloc(0))
  const { rcode } = packet as unknown as { rcode: string }
  const records = (packet.answers ?? []).map((record) => [
    record.name,
    record.type,
    'data' in record ? record.data : undefined,
  ])
  return { ...packet, rcode, records }
}

test("a namespace's name is an alias that shows the stamp, as nslookup shows it in Azure", async (t) => {
  const alias = ['contoso.servicebus.windows.net', 'CNAME', 'ns-sb2-prod-dm3-010.cloudapp.net']
  const { id, rcode, records, flag_aa, flag_rd, questions } = ask({
    name: 'contoso.servicebus.windows.net',
    type: 'A',
  })
  t.match(
    { id, rcode, flag_aa, flag_rd },
    { id: 7, rcode: 'NOERROR', flag_aa: true, flag_rd: true },
  )
  t.match(questions, [{ name: 'contoso.servicebus.windows.net', type: 'A', class: 'IN' }])
  t.strictSame(records, [alias, ['ns-sb2-prod-dm3-010.cloudapp.net', 'A', '172.20.0.2']])
  t.strictSame(ask({ name: 'contoso.servicebus.windows.net', type: 'CNAME' }).records, [alias])
  t.strictSame(ask({ name: 'contoso.servicebus.windows.net', type: 'HTTPS' }).records, [alias])
  t.strictSame(ask({ name: 'CONTOSO.ServiceBus.Windows.net', type: 'AAAA' }).records, [
    ['CONTOSO.ServiceBus.Windows.net', ...alias.slice(1)],
    ['ns-sb2-prod-dm3-010.cloudapp.net', 'AAAA', 'fd00::2'],
  ])
})

test('every gateway, the stamp and further names have the address themselves', async (t) => {
  for (const name of [
    ...gatewayNames('dm3-010'),
    'ns-sb2-prod-dm3-010.cloudapp.net',
    'relay.corp.example',
    'fabrikam.servicebus.localhost',
  ]) {
    t.strictSame(ask({ name, type: 'A' }).records, [[name, 'A', '172.20.0.2']], name)
  }
  const { rcode, records } = ask({ name: 'relay.corp.example', type: 'MX' })
  t.strictSame([rcode, records], ['NOERROR', []], 'a type that nobody has')
})

test("somebody else's names are refused, so that a resolver asks its next server", async (t) => {
  for (const name of [
    'northwind.servicebus.windows.net',
    'G0-prod-other-sb.servicebus.windows.net',
    'servicebus.windows.net',
    'example.com',
    '.',
  ]) {
    const { rcode, records, flag_aa } = ask({ name, type: 'A' })
    t.strictSame([rcode, records, flag_aa], ['REFUSED', [], false], name)
  }
  t.equal(ask({ name: 'relay.corp.example', type: 'A', class: 'CH' }).rcode, 'REFUSED')
})

test('a query with EDNS gets an answer with EDNS', async (t) => {
  const edns = encode({
    type: 'query',
    questions: [{ name: 'relay.corp.example', type: 'A' }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 4096, options: [] } as never],
  })
  t.match(read(answer(edns)).additionals, [{ type: 'OPT', udpPayloadSize: 1232 }])
  t.strictSame(ask({ name: 'relay.corp.example', type: 'A' }).additionals, [])
})

test('what is no query is refused, or not answered at all', async (t) => {
  const query = encode({ type: 'query', id: 9, questions: [{ name: 'a.example', type: 'A' }] })
  t.equal(answer(query.subarray(0, 11)), undefined, 'no whole header')
  t.equal(
    answer(encode({ type: 'response', id: 9 })),
    undefined,
    'an answer: two servers would never end',
  )
  t.equal(read(answer(query.subarray(0, 14))).rcode, 'FORMERR', 'a question that breaks off')
  t.equal(read(answer(encode({ type: 'query', id: 9 }))).rcode, 'FORMERR', 'no question')
  const update = Buffer.from(query)
  update.writeUInt16BE(5 << 11, 2)
  t.equal(read(answer(update)).rcode, 'NOTIMP', 'a dynamic update')
  const loop = Buffer.concat([query.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])])
  t.equal(read(answer(loop)).rcode, 'FORMERR', 'a name that points at itself')
  const crowded = Buffer.from(query)
  crowded.writeUInt16BE(0xffff, 10)
  t.equal(read(answer(crowded)).rcode, 'FORMERR', 'records that are not there')
  const classless = Buffer.from(query)
  classless.writeUInt16BE(0x1234, query.length - 2)
  t.match(read(answer(classless)).rcode, /FORMERR|REFUSED/, 'a class without a name')
})
