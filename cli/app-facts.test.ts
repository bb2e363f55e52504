import { test } from 'tap'
import { listenerHistory } from './app-facts.ts'

const event = (
  type: 'listenerConnected' | 'listenerRefused' | 'listenerDisconnected' | 'listenerUnresponsive',
  at: string,
  code: string | null = null,
) => ({
  type,
  at,
  code,
  message: `message ${at}`,
})

test('only what came after the last connected listener counts', async (t) => {
  t.same(listenerHistory([]), { lastRefusal: null, lastEnd: null })
  t.same(
    listenerHistory([
      event('listenerRefused', '1', 'RELAY_TOKEN_INVALID'),
      event('listenerConnected', '2'),
      event('listenerDisconnected', '3'),
    ]),
    { lastRefusal: null, lastEnd: { at: '3', code: null, message: 'message 3' } },
  )
  t.match(
    listenerHistory([event('listenerRefused', '1', 'A'), event('listenerRefused', '2', 'B')]),
    {
      lastRefusal: { at: '2', code: 'B' },
    },
  )
})

test('a listener that fell silent did so before its channel ended', async (t) => {
  const events = [event('listenerUnresponsive', '1'), event('listenerDisconnected', '2')]
  t.match(listenerHistory(events), { lastEnd: { at: '1', code: 'listenerUnresponsive' } })
})
