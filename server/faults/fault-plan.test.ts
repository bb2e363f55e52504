import { test } from 'tap'
import { FaultPlan } from './fault-plan.ts'

test('a planned refusal is taken once, by a sender of its own hybrid connection', (t) => {
  const plan = new FaultPlan()
  plan.refuseNext('contoso', 'sql', 503)
  t.equal(plan.takeRefusal('contoso', 'web'), undefined)
  t.equal(plan.takeRefusal('fabrikam', 'sql'), undefined)
  t.same(plan.takeRefusal('CONTOSO', 'SQL'), { kind: 'rejected', status: 503 })
  t.equal(plan.takeRefusal('contoso', 'sql'), undefined)
  t.end()
})

test('several refusals wait in the order they were planned', (t) => {
  const plan = new FaultPlan()
  plan.refuseNext('contoso', 'sql', 503)
  plan.refuseNext('contoso', 'sql', 'timeout')
  t.same(plan.list(), [
    { id: 'f_1', namespace: 'contoso', hybridConnection: 'sql', answer: 503 },
    { id: 'f_2', namespace: 'contoso', hybridConnection: 'sql', answer: 'timeout' },
  ])
  t.match(plan.takeRefusal('contoso', 'sql'), { kind: 'rejected' })
  t.match(plan.takeRefusal('contoso', 'sql'), { kind: 'timedOut' })
  t.same(plan.list(), [])
  t.end()
})

test('a refusal is cancelled by its id, by its entity, by its namespace, or with all others', (t) => {
  const plan = new FaultPlan()
  const { id } = plan.refuseNext('contoso', 'sql', 401)
  t.equal(plan.cancel(id), true)
  t.equal(plan.cancel(id), false)
  const names = () => plan.list().map((fault) => `${fault.namespace}/${fault.hybridConnection}`)
  for (const entity of ['sql', 'web', 'web']) plan.refuseNext('contoso', entity, 401)
  plan.refuseNext('fabrikam', 'sql', 401)
  plan.clear({ namespace: 'Contoso', hybridConnection: 'Web' })
  t.same(names(), ['contoso/sql', 'fabrikam/sql'])
  plan.clear({ namespace: 'contoso', hybridConnection: null })
  t.same(names(), ['fabrikam/sql'])
  plan.clear()
  t.same(names(), [])
  t.end()
})
