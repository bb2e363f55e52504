import { test } from 'tap'
import { duration, naturalNumber, portNumber } from './parse.ts'

const refuses = (read: (text: string, name: string) => number, texts: readonly string[]) =>
  texts.filter((text) => {
    try {
      read(text, '--option')
      return true
    } catch (error) {
      return !(error instanceof TypeError && error.message.startsWith('--option must be'))
    }
  })

test('a natural number is digits only', (t) => {
  t.equal(naturalNumber('0', 'n'), 0)
  t.equal(naturalNumber('30000', 'n'), 30_000)
  t.strictSame(refuses(naturalNumber, ['', '-1', '1.5', '1e3', ' 1', '0x1', '9'.repeat(17)]), [])
  t.end()
})

test('a port is 0 to 65535', (t) => {
  t.equal(portNumber('0', 'p'), 0)
  t.equal(portNumber('65535', 'p'), 65_535)
  t.strictSame(refuses(portNumber, ['', '65536', '-1', 'http', '1.0', '000001']), [])
  t.end()
})

test('a duration has a unit or counts seconds', (t) => {
  t.equal(duration('500ms', 'd'), 500)
  t.equal(duration('30s', 'd'), 30_000)
  t.equal(duration('1h', 'd'), 3_600_000)
  t.equal(duration('1.5m', 'd'), 90_000)
  t.equal(duration('2d', 'd'), 172_800_000)
  t.equal(duration('90', 'd'), 90_000)
  t.strictSame(refuses(duration, ['', 's', '1 s', '-1s', '1w', '1S', '.5s', '1h30m']), [])
  t.end()
})
