import { test } from 'tap'
import { formatTimeSpan } from './time-span.ts'

test('a time span is told in its largest unit', async (t) => {
  t.equal(formatTimeSpan(0), 'now')
  t.equal(formatTimeSpan(-999), 'now')
  t.equal(formatTimeSpan(1000), 'in 1 second')
  t.equal(formatTimeSpan(-90_000), '1 minute ago')
  t.equal(formatTimeSpan(7_199_999), 'in 1 hour')
  t.equal(formatTimeSpan(-3 * 86_400_000), '3 days ago')
})
