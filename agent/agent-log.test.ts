import { test } from 'tap'
import { createLogger, LogFeed, withFields } from './agent-log.ts'

test('a line reaches every sink, with fields that may change', (t) => {
  const feed = new LogFeed()
  const lines: string[] = []
  const logger = createLogger('info', [feed, { write: (line) => void lines.push(line) }])
  let name = 'unknown'
  const named = withFields(logger, () => ({ name }))
  name = 'sql'
  named.warn({ code: 'X' }, 'not connected')
  logger.debug({}, 'unseen')
  t.match(JSON.parse(lines[0] ?? ''), { level: 40, name: 'sql', code: 'X', msg: 'not connected' })
  t.match(feed.since(0), [
    { n: 1, level: 'warn', message: 'not connected', fields: { name: 'sql', code: 'X' } },
  ])
  t.equal(lines.length, 1)
  t.end()
})

test('the feed keeps the last thousand lines, those of an earlier run too, but no cut one', (t) => {
  const line = (message: string) => JSON.stringify({ level: 30, time: 0, msg: message })
  const feed = new LogFeed(['{"cut', ...Array.from({ length: 999 }, () => line('earlier'))])
  feed.write(line('new'))
  feed.write(line('newer'))
  t.equal(feed.since(0).length, 1_000)
  t.strictSame(
    feed.since(feed.last - 2).map(({ message }) => message),
    ['new', 'newer'],
  )
  t.equal(feed.since(5_000).length, 1_000, 'a number of an earlier run reads as 0')
  t.end()
})

test('who waits gets the next line, or gives up', async (t) => {
  const feed = new LogFeed()
  const waiting = feed.next(new AbortController().signal)
  feed.write('{"level":30,"time":0,"msg":"next"}')
  await waiting
  t.match(feed.since(0), [{ message: 'next' }])
  const impatient = new AbortController()
  const givenUp = feed.next(impatient.signal)
  impatient.abort()
  await givenUp
})
