import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readAnswer } from '../../wire/answer.ts'
import type { ControlListener } from '../control-listener.ts'
import type { RelayBench } from '../bench.ts'
import { checkRefusal } from '../expectations.ts'
import { BOTH, type RelayCase, type RelaySuite } from '../needs.ts'

const ALLOWED = 'Microsoft-Relay-AllowedListeners'
const DISALLOWED = 'Microsoft-Relay-DisallowedListeners'
const NONE =
  /None of the connected listeners meet the AllowedListeners\/DisallowedListeners criteria/

/** Sends requests that any of the listeners may get, and tells which of them got how many. */
async function spread(
  bench: RelayBench,
  listeners: readonly ControlListener[],
  headers: Readonly<Record<string, string>>,
  count: number,
): Promise<readonly number[]> {
  const counts = listeners.map(() => 0)
  const isDone = { value: false }
  const serving = listeners.map(async (listener, index) => {
    while (!isDone.value) {
      const next = await listener.nextRequest(60_000).catch(() => undefined)
      if (!next || isDone.value) return
      counts[index]! += 1
      listener.respond(next.request)
    }
  })
  for (let sent = 0; sent < count; sent++) {
    const sender = await bench.request(null, { headers })
    const { status } = await readAnswer(sender)
    assert.equal(status, 200, 'status')
    sender.socket.destroy()
  }
  isDone.value = true
  for (const { peer } of listeners) peer.socket.destroy()
  await Promise.all(serving)
  return counts
}

/** Headers by the ids of two listeners, and how many of some requests each must get. */
const CHOICES: readonly {
  readonly name: string
  readonly level: RelayCase['level']
  readonly title: string
  headers(a: string, b: string): Readonly<Record<string, string>>
}[] = [
  {
    name: 'allowed',
    level: 'MUST',
    title: 'AllowedListeners leads every request to the listener it names',
    headers: (a) => ({ [ALLOWED]: a }),
  },
  {
    name: 'disallowed',
    level: 'MUST',
    title: 'DisallowedListeners keeps every request from the listener it names',
    headers: (a, b) => ({ [ALLOWED]: `${a},${b}`, [DISALLOWED]: b }),
  },
  {
    name: 'spaces',
    level: 'ASSUMED',
    title: 'blanks between the ids do no harm',
    headers: (a) => ({ [ALLOWED]: `${randomUUID()} , ${a}` }),
  },
]

export const SELECTION: RelaySuite = {
  name: 'selection',
  about: 'which of several listeners gets a call',
  cases: [
    ...CHOICES.map(({ name, level, title, headers }): RelayCase => ({
      id: `selection.http.${name}`,
      level,
      source: '5.9',
      title,
      needs: BOTH,
      async run(bench) {
        const a = await bench.listen()
        const b = await bench.listen()
        const counts = await spread(bench, [a, b], headers(a.id, b.id), 6)
        assert.deepEqual(counts, [6, 0], 'requests at the one and the other')
      },
    })),
    {
      id: 'selection.spread',
      level: 'MUST',
      source: '6',
      title: 'of two listeners both get some of 60 requests',
      needs: BOTH,
      async run(bench) {
        const a = await bench.listen()
        const b = await bench.listen()
        const counts = await spread(bench, [a, b], { [ALLOWED]: `${a.id},${b.id}` }, 60)
        bench.scope.note(`${counts.join(' and ')} of 60`)
        assert.ok(Math.min(...counts) > 0, `they got ${counts.join(' and ')}`)
      },
    },
    {
      id: 'selection.http.none',
      level: 'MUST',
      source: '5.9',
      title: 'an HTTP request that no listener may get is refused with 404 and a text that says so',
      needs: BOTH,
      async run(bench) {
        await bench.listen()
        const sender = await bench.request(null, { headers: { [ALLOWED]: randomUUID() } })
        const answer = await readAnswer(sender)
        checkRefusal(answer, 404, NONE)
      },
    },
    {
      id: 'selection.websocket.none',
      level: 'MUST',
      source: '4.6, 5.9',
      title:
        'a WebSocket sender that no listener may get is refused with 404 and a text that says so',
      needs: BOTH,
      async run(bench) {
        await bench.listen()
        const sender = await bench.connect(null, { headers: { [ALLOWED]: randomUUID() } })
        checkRefusal(await sender.head(), 404, NONE)
      },
    },
    {
      id: 'selection.websocket.allowed',
      level: 'MUST',
      source: '5.9',
      title: 'AllowedListeners leads a WebSocket sender to the listener it names',
      needs: BOTH,
      async run(bench) {
        const a = await bench.listen()
        await bench.listen()
        for (let count = 0; count < 4; count++) {
          const sender = await bench.connect(a)
          await a.nextAccept()
          sender.reset()
        }
      },
    },
    {
      id: 'selection.both-named',
      level: 'ASSUMED',
      source: '5.9',
      title: 'a listener that is both allowed and disallowed is disallowed',
      needs: BOTH,
      async run(bench) {
        const { id } = await bench.listen()
        const headers = { [ALLOWED]: id, [DISALLOWED]: id }
        const sender = await bench.connect(null, { headers })
        checkRefusal(await sender.head(), 404, NONE)
      },
    },
  ],
}
