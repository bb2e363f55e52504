import { pino } from 'pino'
import { test } from 'tap'
import type { LineSink } from '../console/line-sink.ts'
import { logEvents } from './event-log.ts'
import { EventFeed } from './events.ts'

const NOW_MS = 1_700_000_000_123

/** The lines that become of some facts: by the logger alone, or by what has lines of its own. */
function lines(level: string, eventLines?: (written: string[]) => LineSink): unknown[] {
  const written: string[] = []
  const sink: LineSink = { write: (line) => void written.push(line) }
  const events = new EventFeed(() => NOW_MS)
  const options = { level, base: null, timestamp: () => `,"time":${NOW_MS}` }
  const stop = logEvents(events, pino(options, sink), eventLines?.(written))
  events.emit({ type: 'acceptSent', level: 'debug', message: 'quiet' })
  events.emit(
    {
      type: 'connectionOpened',
      operation: 'SenderListenerConnectionEstablished',
      message: 'a "b"',
    },
    { namespace: 'contoso', hybridConnection: 'demo', who: '127.0.0.1:1', trackingId: 'x_G0' },
  )
  events.emit({ type: 'senderRefused', level: 'warning', code: 'RELAY_X', message: 'ä\n\u2028' })
  events.emit({ type: 'configRefused', level: 'error', message: 'no' })
  stop()
  events.emit({ type: 'configRefused', level: 'error', message: 'unheard' })
  return written
}

const AT_ONCE = (written: string[]): LineSink => ({ write: (line) => void written.push(line) })

for (const [level, count] of [
  ['debug', 4],
  ['info', 3],
  ['error', 1],
  ['silent', 0],
] as const) {
  test(`a line of a fact is the same whoever writes it, level ${level}`, async (t) => {
    const byLogger = lines(level)
    t.equal(byLogger.length, count)
    t.strictSame(lines(level, AT_ONCE), byLogger)
  })
}

test('where lines wait for others, that of a fact is made when it is written', async (t) => {
  const waiting: (() => string)[] = []
  const later = (written: string[]): LineSink => ({
    ...AT_ONCE(written),
    later: (make) => void waiting.push(make),
  })
  t.strictSame(lines('info', later), [])
  t.strictSame(
    waiting.map((make) => make()),
    lines('info'),
  )
})
