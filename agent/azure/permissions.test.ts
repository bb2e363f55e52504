import { test } from 'tap'
import type { ArmClient } from './arm-client.ts'
import { grants, LIST_KEYS, mayDo } from './permissions.ts'

test('actions and their exceptions decide, with wildcards and without case', (t) => {
  const may = (...permissions: object[]) =>
    grants(permissions as Record<string, unknown>[], LIST_KEYS)
  t.ok(may({ actions: ['*'], notActions: [] }))
  t.ok(may({ actions: ['microsoft.relay/*/LISTKEYS/action'] }))
  t.ok(may({ actions: ['*/read'] }, { actions: ['Microsoft.Relay/namespaces/*'] }), 'one is enough')
  t.notOk(may({ actions: ['*/read'], notActions: [] }))
  t.notOk(may({ actions: ['*'], notActions: ['Microsoft.Relay/*/listKeys/action'] }))
  t.notOk(may())
  t.end()
})

test('where the management plane does not tell, nothing is ruled out', async (t) => {
  const refuse = () => Promise.reject(new Error('403'))
  const arm: ArmClient = { get: refuse, post: refuse, list: refuse }
  t.equal(await mayDo(arm, '/subscriptions/s', LIST_KEYS), true)
})
