import fc from 'fast-check'
import { test } from 'tap'
import { formatRoute, parseRoute } from './route.ts'

test('the fragment holds path and filter', (t) => {
  t.strictSame(parseRoute('#/hc/contoso/a%2Fb/properties?q=phase%3Aopen'), {
    path: ['hc', 'contoso', 'a/b', 'properties'],
    query: { q: 'phase:open' },
  })
  t.strictSame(parseRoute(''), { path: [], query: {} })
  t.strictSame(parseRoute('#/50%/x').path, ['50%', 'x'], 'a broken escape is taken as it stands')
  t.equal(formatRoute(['connections'], { q: '' }), '#/connections')
  t.end()
})

test('any names and filters come back as they were', (t) => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' })
  fc.assert(
    fc.property(fc.array(name), name, (path, q) => {
      const route = parseRoute(formatRoute(path, { q }))
      return JSON.stringify(route) === JSON.stringify({ path, query: { q } })
    }),
  )
  t.end()
})
