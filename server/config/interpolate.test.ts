import fc from 'fast-check'
import { test } from 'tap'
import { interpolate } from './interpolate.ts'

test('variables are filled in, with a default where they are unset or empty', async (t) => {
  const env = { HOST: 'db', EMPTY: '' }
  for (const [text, expected] of [
    ['${HOST}:5432', 'db:5432'],
    ['${HOST:-other}', 'db'],
    ['${PORT:-5432}', '5432'],
    ['${EMPTY:-filled}', 'filled'],
    ['${EMPTY}', ''],
    ['${NONE:-}', ''],
    ['${NONE:-a:-b}', 'a:-b'],
    ['$${HOST}', '${HOST}'],
    ['$$$$', '$$'],
    ['$HOST and 5$', '$HOST and 5$'],
  ] as const) {
    t.equal(interpolate(text, env), expected, text)
  }
})

test('an unset variable without a default is named', async (t) => {
  t.throws(() => interpolate('${NOT_THERE}', {}), { message: /NOT_THERE, which is not set/ })
})

test('a malformed variable is refused', async (t) => {
  for (const text of ['${', '${A', '${A-b}', '${}', '${1A}', '${A B}']) {
    t.throws(() => interpolate(text, { A: 'a' }), { message: /malformed variable/ }, text)
  }
})

test('text that a variable brings is not looked at again', async (t) => {
  t.equal(interpolate('${A}', { A: '${B} $$' }), '${B} $$')
})

test('text with every dollar doubled comes out as it was', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string(), (text) => interpolate(text.replaceAll('$', '$$$$'), {}) === text),
    ),
  )
})
