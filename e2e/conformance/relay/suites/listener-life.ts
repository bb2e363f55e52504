import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readClose } from '../../wire/frames.ts'
import { BOTH, type RelayCase } from '../needs.ts'

/** What else happens while a control channel comes and goes. */
export const LISTENER_LIFE: readonly RelayCase[] = [
  {
    id: 'listener.loss.pairs-stay',
    level: 'SHOULD',
    source: '3.6',
    title: 'the end of a control channel leaves its relayed connections alone',
    needs: BOTH,
    async run(bench) {
      const { listener, sender, rendezvous } = await bench.pair()
      listener.peer.sendClose(1000)
      await listener.peer.closeFrame()
      sender.sendText('still there')
      assert.equal((await rendezvous.message()).data.toString(), 'still there')
      rendezvous.sendText('yes')
      assert.equal((await sender.message()).data.toString(), 'yes')
    },
  },
  {
    id: 'listener.loss.fail-over',
    level: 'ASSUMED',
    source: '3.6, 6',
    title: 'an offer whose control channel ends is made to another listener',
    needs: BOTH,
    async run(bench) {
      const listeners = [await bench.listen(), await bench.listen()]
      const ids = listeners.map(({ id }) => id).join(',')
      const sender = await bench.connect(null, {
        headers: { 'Microsoft-Relay-AllowedListeners': ids },
      })
      const offers = listeners.map(async (listener) => {
        await listener.nextAccept()
        return listener
      })
      const first = await Promise.race(offers)
      first.peer.reset()
      await Promise.all(offers)
      sender.reset()
    },
  },
  {
    id: 'listener.twice.both-stay',
    level: 'ASSUMED',
    question: 15,
    source: '3.7',
    title: 'two control channels with one sb-hc-id both stay',
    needs: ['listen'],
    async run(bench) {
      const id = randomUUID()
      const first = await bench.listen({ id })
      const second = await bench.listen({ id })
      await first.settled()
      await second.settled()
    },
  },
  {
    id: 'listener.twice.newest',
    level: 'ASSUMED',
    question: 15,
    source: '3.7',
    title: 'of two control channels with one sb-hc-id the newest gets who asks for that id',
    needs: BOTH,
    async run(bench) {
      const id = randomUUID()
      await bench.listen({ id })
      const newest = await bench.listen({ id })
      const sender = await bench.connect(newest)
      await newest.nextAccept()
      sender.reset()
    },
  },
  {
    id: 'listener.dropped',
    level: 'SHOULD',
    source: '3.6',
    title: 'a control channel that the service ends is closed with 1001',
    needs: ['listen', 'emulator'],
    async run(bench) {
      const { id, peer } = await bench.listen()
      const api = `${bench.target.adminUrl}/api/v1/listeners`
      const { items } = (await (await fetch(`${api}?limit=200`)).json()) as {
        items: readonly { id: string; trackingId?: string }[]
      }
      const row = items.find((item) => JSON.stringify(item).includes(id))
      assert.ok(row, "the emulator's API lists the listener")
      const headers = { 'content-type': 'application/json' }
      const dropped = await fetch(`${api}/${row.id}`, { method: 'DELETE', headers })
      assert.ok(dropped.ok, `the emulator's API answers ${dropped.status}`)
      assert.equal(readClose(await peer.closeFrame()).code, 1001, 'code of the Close')
    },
  },
]
