import { test } from 'tap'
import {
  formatAge,
  formatBytes,
  formatCountdown,
  formatDuration,
  formatRate,
  formatTime,
} from './format.ts'

test('figures are written with the units of dashboard 1', (t) => {
  t.equal(formatBytes(120), '120 B')
  t.equal(formatBytes(1_843), '1.8 KiB')
  t.equal(formatBytes(5 * 2 ** 40), '5120.0 GiB')
  t.equal(formatRate(0), '0/s')
  t.equal(formatRate(1_228), '1.2 KiB/s')
  t.equal(formatDuration(0.42), '0.4 ms')
  t.equal(formatDuration(12_300), '12.3 s')
  t.equal(formatDuration(192_000), '3 m 12 s')
  t.equal(formatDuration(7_500_000), '2 h 5 m')
  t.match(formatTime('2030-01-01T12:03:05.123Z'), /^\d\d:03:05\.123$/)
  t.end()
})

test('what is not known is a dash and never 0', (t) => {
  for (const written of [
    formatBytes(null),
    formatRate(null),
    formatDuration(null),
    formatTime(null),
  ]) {
    t.equal(written, '–')
  }
  t.end()
})

test('a countdown has its seconds, an age one unit', (t) => {
  t.equal(formatCountdown(2_832_500), '47:12')
  t.equal(formatCountdown(3_723_000), '1:02:03')
  t.equal(formatCountdown(0), null)
  t.equal(formatAge(-5), '0 s')
  t.equal(formatAge(59_999), '59 s')
  t.equal(formatAge(720_000), '12 m')
  t.equal(formatAge(7_500_000), '2 h')
  t.end()
})
