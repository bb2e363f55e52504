import { test } from 'tap'
import { publishedKey, WELL_KNOWN_ROOT_KEY } from './published-keys.ts'

// Digests made with `openssl dgst -sha256`; they stand in README files and must never change (product 4).

test('the primary key of every root rule is the well-known one', (t) => {
  t.equal(WELL_KNOWN_ROOT_KEY, 'hK9diNqaZcYIO30j9geMFfvYu7CeHW6onepBwHsMT+w=')
  const rule = 'RootManageSharedAccessKey'
  t.equal(publishedKey({ namespace: 'contoso', rule }, 'primary'), WELL_KNOWN_ROOT_KEY)
  t.equal(
    publishedKey({ namespace: 'x', rule: rule.toUpperCase() }, 'primary'),
    WELL_KNOWN_ROOT_KEY,
  )
  t.equal(
    publishedKey({ namespace: 'Contoso', rule }, 'secondary'),
    'oe0lwh6yQqQHNWlUNsM2fCb6yi/9d29cbDYzWlyXjXA=',
  )
  t.end()
})

test('other keys follow the published rule with names in lower case', (t) => {
  t.equal(
    publishedKey({ namespace: 'local-relay', entity: 'Demo', rule: 'defaultListener' }, 'primary'),
    'ELYdKLiktdbOwmY0QDqhtwZlHyny2ue10jc9uJzmFPo=',
  )
  t.not(
    publishedKey({ namespace: 'n', entity: 'e', rule: 'r' }, 'primary'),
    publishedKey({ namespace: 'n', entity: 'e', rule: 'r' }, 'secondary'),
  )
  t.end()
})
