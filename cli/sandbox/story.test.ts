import { test } from 'tap'
import type { NamespaceConfig } from '../../server/config/config-document.ts'
import { DEFAULT_NAMESPACES } from '../../server/config/namespaces-from-config.ts'
import { withStory } from './story.ts'

const namesOf = (namespaces: readonly NamespaceConfig[]) =>
  withStory(namespaces).map(({ name, hybridConnections = [] }) => [
    name,
    hybridConnections.map((entity) => entity.name),
  ])

test('the default configuration lacks the way to the web page alone', async (t) => {
  t.same(namesOf(DEFAULT_NAMESPACES), [['local-relay', ['demo', 'open', 'intranet']]])
})

test('what a configuration has is left as it is, and other namespaces too', async (t) => {
  const own = { name: 'Demo', requiresClientAuthorization: false }
  const page = {
    name: 'mine',
    userMetadata: '[{"key":"endpoint","value":"INTRANET.onprem.example:8080"}]',
  }
  const given = [{ name: 'contoso', hybridConnections: [own, page] }, { name: 'fabrikam' }]
  const [first, second] = withStory(given)
  t.same(first?.hybridConnections?.slice(0, 2), [own, page])
  t.same(
    first?.hybridConnections?.slice(2).map(({ name, userMetadata }) => ({ name, userMetadata })),
    [{ name: 'sandbox-demo', userMetadata: { endpoint: 'echo.onprem.example:7007' } }],
  )
  t.equal(second, given[1])
})

test('without a namespace there is one', async (t) => {
  t.same(namesOf([]), [['local-relay', ['intranet', 'demo']]])
})
