import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Unmet } from '../../case.ts'
import { GUID, checkRefusal, checkSwitching, checkTracking, literal } from '../expectations.ts'
import { BOTH, type RelaySuite } from '../needs.ts'
import { ACCEPT_MESSAGE } from './accept-message.ts'
import { SENDER_ANSWERS } from './sender-answers.ts'
import { SENDER_PROTOCOLS } from './sender-protocols.ts'

export const SENDER: RelaySuite = {
  name: 'sender',
  about: 'WebSocket senders: the offer, accepting, rejecting, refusals',
  cases: [
    {
      id: 'sender.timeline.waits',
      level: 'MUST',
      source: '4.1',
      title: 'a sender gets no byte before the listener has answered',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const sender = await bench.connect(listener)
        const accept = await listener.nextAccept()
        await sender.staysSilent(400)
        const rendezvous = await bench.dialAddress(accept.address)
        checkSwitching(await rendezvous.head())
        checkSwitching(await sender.head())
      },
    },
    {
      id: 'sender.timeline.tracking-id',
      level: 'SHOULD',
      source: '9.3',
      title: "the sender's 101 has a TrackingId that begins with its sb-hc-id",
      needs: BOTH,
      async run(bench) {
        const id = randomUUID()
        const listener = await bench.listen()
        const sender = await bench.connect(listener, { id })
        await bench.join(await listener.nextAccept())
        const { headers } = await sender.head()
        assert.match(headers.get('TrackingId') ?? '', new RegExp(`^${id}_G`, 'i'), 'TrackingId')
      },
    },
    {
      id: 'sender.timeline.early-data',
      level: 'MUST',
      source: '4.1',
      title: 'what either side sends right behind its own 101 arrives',
      needs: BOTH,
      async run(bench) {
        const { sender, rendezvous } = await bench.pair()
        rendezvous.sendText('from the listener')
        sender.sendText('from the sender')
        assert.equal((await sender.message()).data.toString(), 'from the listener')
        assert.equal((await rendezvous.message()).data.toString(), 'from the sender')
      },
    },
    {
      id: 'sender.accept.one-member',
      level: 'MUST',
      source: '3.3, 4.2',
      title: 'an offer is one text frame with the one member accept',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        await bench.connect(listener)
        const { name, value, text } = await listener.command()
        assert.equal(name, 'accept', 'member')
        assert.ok(Buffer.byteLength(text) <= 65_536, 'it is longer than 65,536 bytes')
        const members = ['address', 'connectHeaders', 'id', 'remoteEndpoint']
        assert.deepEqual(Object.keys(value as object).sort(), members, 'members')
      },
    },
    {
      id: 'sender.accept.order',
      level: 'SHOULD',
      source: '4.2',
      title: 'the members of an offer come as address, id, connectHeaders, remoteEndpoint',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        await bench.connect(listener)
        const members = ['address', 'id', 'connectHeaders', 'remoteEndpoint']
        assert.deepEqual(Object.keys(await listener.nextAccept()), members, 'members')
      },
    },
    ...ACCEPT_MESSAGE,
    {
      id: 'sender.accept.id.generated',
      level: 'MUST',
      source: '4.2',
      title: 'a sender without sb-hc-id gets a GUID of its own',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        const ids = []
        for (const target of [1, 2].map(() => `/$hc/${bench.path}?sb-hc-action=connect`)) {
          await bench.connect(listener, { target })
          ids.push((await listener.nextAccept()).id)
        }
        for (const id of ids) assert.match(id, GUID, 'id')
        assert.notEqual(ids[0], ids[1], 'two senders have one id')
      },
    },
    {
      id: 'sender.accept.id.no-guid',
      level: 'ASSUMED',
      question: 22,
      source: '4.2',
      title: 'an sb-hc-id that is no GUID is replaced by one',
      needs: BOTH,
      async run(bench) {
        const listener = await bench.listen()
        await bench.connect(listener, { id: 'my-own-name' })
        const { id } = await listener.nextAccept()
        bench.scope.note(`id ${id}`)
        assert.match(id, GUID, 'id')
      },
    },
    {
      id: 'sender.refused.unknown-entity',
      level: 'MUST',
      source: '4.6, 9.3',
      title: 'a sender to what does not exist gets 404 "Endpoint does not exist." with tracking',
      needs: ['listen', 'namespaceRule'],
      async run(bench) {
        const token = bench.listenToken({ resource: `http://${bench.host}/` })
        const name = `${bench.path}-that-nobody-made`
        const target = `/$hc/${name}?sb-hc-action=connect`
        const head = await (await bench.connect(null, { target, token })).head()
        checkRefusal(head, 404, /^Endpoint does not exist\. /)
        checkTracking(head.reason, `sb://${literal(bench.host)}(?::\\d+)?/${literal(name)}`)
      },
    },
    {
      id: 'sender.refused.no-listener',
      level: 'MUST',
      source: '4.6',
      title:
        'a sender without a listener gets 404 "There are no listeners connected for the endpoint."',
      needs: ['send'],
      alone: true,
      async run(bench) {
        const sender = await bench.connect(null)
        const answered = await sender.head(2_000).catch((error: unknown) => {
          throw new Unmet(`somebody else may listen there: ${(error as Error).message}`)
        })
        checkRefusal(answered, 404, /^There are no listeners connected for the endpoint\. /)
        const tracker = `sb://${literal(bench.host)}(?::\\d+)?/${literal(bench.entity.path)}`
        checkTracking(answered.reason, tracker)
      },
    },
    ...SENDER_PROTOCOLS,
    ...SENDER_ANSWERS,
  ],
}
