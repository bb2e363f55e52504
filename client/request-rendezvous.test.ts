import { test } from 'tap'
import { Dialer } from './dialer.ts'
import { RequestRendezvous } from './request-rendezvous.ts'
import { startRawRelay } from './testing/raw-relay.ts'
import { CLOSE, TEXT, closePayload, serverFrame } from './testing/server-frames.ts'

/** First frame of a binary message that goes on. */
const BINARY_BEGINS = 0x02
/** A further frame of it. */
const CONTINUATION = 0x00
const REQUEST = {
  request: { id: 'i', requestTarget: '/x', method: 'POST', requestHeaders: {}, body: true },
}

test('behind its answer a rendezvous ends, though nobody reads the rest of the body (relay-protocol 5.7)', async (t) => {
  const relay = await startRawRelay(t, { extra: serverFrame(TEXT, JSON.stringify(REQUEST)) })
  const { frames } = await new Dialer({ isPlainAllowed: true }).dial(relay.url, {
    timeoutMs: 5_000,
  })
  const rendezvous = new RequestRendezvous(frames)
  const gone = new Promise<void>((resolve) => rendezvous.onGone(resolve))
  await rendezvous.request
  const { socket, until } = await relay.next()
  socket.write(serverFrame(BINARY_BEGINS, Buffer.alloc(60_000)))
  while (rendezvous.body.readableLength === 0) await new Promise(setImmediate)
  rendezvous.finish(false)
  await until((sent) => sent.some(({ firstByte }) => firstByte === CLOSE))
  socket.write(serverFrame(CONTINUATION, Buffer.alloc(60_000)))
  while (rendezvous.body.readableLength < 120_000) await new Promise(setImmediate)
  socket.write(serverFrame(CLOSE, closePayload(1001, '')))
  socket.end()
  await gone
  t.equal(rendezvous.body.destroyed, true, 'nobody waits for the rest')
})
