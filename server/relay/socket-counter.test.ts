import { test } from 'tap'
import { SocketCounter } from './socket-counter.ts'

test('sockets are counted by namespace, in any case', async (t) => {
  const counter = new SocketCounter()
  counter.add('Contoso', 2)
  counter.add('contoso', 1)
  counter.add('fabrikam', 1)
  t.equal(counter.of('CONTOSO'), 3)
  counter.add('contoso', -3)
  t.equal(counter.of('contoso'), 0)
  t.equal(counter.of('fabrikam'), 1)
})
