import assert from 'node:assert/strict'
import { readAnswer } from '../../wire/answer.ts'
import { responseText } from '../control-listener.ts'
import type { ControlListener, Request } from '../control-listener.ts'
import type { Peer } from '../../wire/peer.ts'
import type { RelayBench } from '../bench.ts'
import { BOTH, type RelayCase } from '../needs.ts'

/** A request by address that was answered on its rendezvous, which stays open. */
async function linked(bench: RelayBench): Promise<{
  readonly listener: ControlListener
  readonly sender: Peer
  readonly rendezvous: ControlListener
}> {
  const listener = await bench.listen()
  const body = Buffer.alloc(100_000)
  const sender = await bench.request(listener, { method: 'POST', body })
  const { value } = await listener.command()
  const rendezvous = await bench.joinRequest(value as Request)
  const { request } = await rendezvous.nextRequest()
  rendezvous.respond(request, {}, 'first')
  assert.equal((await readAnswer(sender)).body.toString(), 'first', 'first body')
  return { listener, sender, rendezvous }
}

/** How requests of one connection keep together with a rendezvous. Source: relay-protocol 5.7. */
export const HTTP_LINKAGE: readonly RelayCase[] = [
  {
    id: 'http-life.linkage.same-connection',
    level: 'SHOULD',
    source: '5.7',
    title: "the next request of a sender's connection comes on the rendezvous that is open for it",
    needs: BOTH,
    async run(bench) {
      const { listener, sender, rendezvous } = await linked(bench)
      await bench.request(listener, { on: sender, suffix: '/second' })
      const { request } = await rendezvous.nextRequest()
      assert.equal(request.requestTarget, `/${bench.entity.path}/second`, 'requestTarget')
      rendezvous.respond(request, {}, 'second')
      assert.equal((await readAnswer(sender)).body.toString(), 'second', 'second body')
    },
  },
  {
    id: 'http-life.linkage.other-connection',
    level: 'MUST',
    source: '5.7',
    title: 'a request of another connection comes on the control channel',
    needs: BOTH,
    async run(bench) {
      const { listener } = await linked(bench)
      const { answer } = await bench.exchange({ listener, responseBody: 'beside' })
      assert.equal(answer.body.toString(), 'beside', 'body')
    },
  },
  {
    id: 'http-life.linkage.after-close',
    level: 'MUST',
    source: '5.7',
    title:
      'once the listener closed the rendezvous with 1000, the next request comes on the control channel',
    needs: BOTH,
    async run(bench) {
      const { listener, sender, rendezvous } = await linked(bench)
      rendezvous.peer.sendClose(1000, 'NormalClosure')
      await rendezvous.peer.closeFrame()
      const { answer } = await bench.exchange({ listener, on: sender, responseBody: 'next' })
      assert.equal(answer.body.toString(), 'next', 'body')
    },
  },
  {
    id: 'http-life.linkage.large-response',
    level: 'MUST',
    source: '5.7, 10.2',
    title:
      'a listener that leaves the rendezvous of a large response open gets the next request all the same',
    needs: BOTH,
    async run(bench) {
      const listener = await bench.listen()
      const sender = await bench.request(listener)
      const { request } = await listener.nextRequest()
      const rendezvous = await bench.join(request)
      rendezvous.sendText(responseText(request, {}, true))
      rendezvous.sendBinary(Buffer.alloc(100_000, 'x'))
      assert.equal((await readAnswer(sender)).body.length, 100_000, 'bytes of the body')
      const second = await bench.exchange({ listener, on: sender, responseBody: 'next' })
      assert.equal(second.answer.body.toString(), 'next', 'body')
    },
  },
]
