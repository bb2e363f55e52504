import assert from 'node:assert/strict'
import { BOTH, type RelayCase } from '../needs.ts'
import type { RelayBench } from '../bench.ts'

const DEFLATE = 'permessage-deflate; client_max_window_bits'

/** Both answers' value of a header, after a sender and a listener wrote what is given; '' for a header left out. */
async function agreed(
  bench: RelayBench,
  header: string,
  sender: string,
  listener: Readonly<Record<string, string>>,
): Promise<readonly [rendezvous: string | undefined, sender: string | undefined]> {
  const channel = await bench.listen()
  const connecting = await bench.connect(channel, { headers: { [header]: sender } })
  const rendezvous = await bench.dialAddress((await channel.nextAccept()).address, listener)
  const heads = [await rendezvous.head(), await connecting.head()] as const
  for (const { status, reason } of heads) assert.equal(status, 101, reason)
  return [heads[0].headers.get(header), heads[1].headers.get(header)]
}

const PROTOCOL = 'Sec-WebSocket-Protocol'
const PROTOCOLS: readonly {
  readonly name: string
  readonly level: RelayCase['level']
  readonly title: string
  readonly offers: string
  readonly asks: string
  readonly gets: string | undefined
}[] = [
  {
    name: 'first',
    level: 'MUST',
    title: "the listener's choice of a sub-protocol stands in both 101s",
    offers: 'wamp.2.json, mqtt',
    asks: 'wamp.2.json',
    gets: 'wamp.2.json',
  },
  {
    name: 'second',
    level: 'MUST',
    title: 'the listener may choose any of the sub-protocols',
    offers: 'wamp.2.json, mqtt',
    asks: 'mqtt',
    gets: 'mqtt',
  },
  {
    name: 'none-chosen',
    level: 'MUST',
    title: 'neither 101 names a sub-protocol when the listener chose none',
    offers: 'wamp.2.json',
    asks: '',
    gets: undefined,
  },
  {
    name: 'none-offered',
    level: 'MUST',
    title: 'neither 101 names a sub-protocol when none was offered',
    offers: '',
    asks: '',
    gets: undefined,
  },
  {
    name: 'several',
    level: 'ASSUMED',
    title: 'of several sub-protocols in the rendezvous the first counts',
    offers: 'a, b',
    asks: 'b, a',
    gets: 'b',
  },
  {
    name: 'not-offered',
    level: 'ASSUMED',
    title: 'a sub-protocol that the sender did not offer is passed on all the same',
    offers: 'a',
    asks: 'z',
    gets: 'z',
  },
]

/** Agreement of a sender and a listener that the relay only carries. Source: relay-protocol 4.4. */
export const SENDER_PROTOCOLS: readonly RelayCase[] = [
  ...PROTOCOLS.map(({ name, level, title, offers, asks, gets }): RelayCase => ({
    id: `sender.protocol.${name}`,
    level,
    source: '4.4',
    title,
    needs: BOTH,
    async run(bench) {
      const found = await agreed(bench, PROTOCOL, offers, { [PROTOCOL]: asks })
      assert.deepEqual(found, [gets, gets], 'sub-protocol at the listener and at the sender')
    },
  })),
  {
    id: 'sender.extension.not-offered',
    level: 'MUST',
    source: '4.4',
    title:
      'an extension that a listener offers by routine is not agreed to with a sender that has none',
    needs: BOTH,
    async run(bench) {
      const listener = { 'Sec-WebSocket-Extensions': DEFLATE }
      const found = await agreed(bench, 'Sec-WebSocket-Extensions', '', listener)
      assert.equal(found[1], undefined, "extension in the sender's 101")
    },
  },
  {
    id: 'sender.extension.both',
    level: 'ASSUMED',
    question: 13,
    source: '4.4',
    title: 'an extension is not agreed to, though sender and listener name it',
    needs: BOTH,
    async run(bench) {
      const listener = { 'Sec-WebSocket-Extensions': DEFLATE }
      const found = await agreed(bench, 'Sec-WebSocket-Extensions', DEFLATE, listener)
      assert.deepEqual(found, [undefined, undefined], 'extension at listener and sender')
    },
  },
  {
    id: 'sender.extension.junk-header',
    level: 'MUST',
    source: '4.4, 10.1',
    title: 'the header "0: Sec-WebSocket-Extensions: ..." of hyco-ws does no harm',
    needs: BOTH,
    async run(bench) {
      const { sender, rendezvous } = await bench.pair({
        headers: { 'Sec-WebSocket-Extensions': DEFLATE },
        rendezvousHeaders: { '0': `Sec-WebSocket-Extensions: ${DEFLATE}` },
      })
      rendezvous.sendText('fine')
      assert.equal((await sender.message()).data.toString(), 'fine')
    },
  },
]
