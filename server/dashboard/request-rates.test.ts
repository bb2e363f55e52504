import { test } from 'tap'
import { EventFeed } from '../events.ts'
import { RequestRates } from './request-rates.ts'

test('requests of the last second are counted per hybrid connection and per namespace', async (t) => {
  let nowMs = Date.UTC(2030, 0, 1)
  const events = new EventFeed(() => nowMs)
  const rates = new RequestRates(events, () => nowMs)
  const receive = (hybridConnection: string) =>
    events.emit({ type: 'requestReceived', namespace: 'Contoso', hybridConnection, message: '' })
  receive('Web')
  receive('web')
  receive('api')
  events.emit({ type: 'senderConnecting', namespace: 'contoso', message: '' })
  t.same(
    [...rates.read()],
    [
      ['contoso/web', 2],
      ['contoso', 3],
      ['contoso/api', 1],
    ],
  )
  nowMs += 900
  receive('api')
  t.equal(rates.read().get('contoso'), 4)
  nowMs += 200
  t.same(
    [...rates.read()],
    [
      ['contoso/api', 1],
      ['contoso', 1],
    ],
  )
  nowMs += 2_000
  t.equal(rates.read().size, 0)
})
