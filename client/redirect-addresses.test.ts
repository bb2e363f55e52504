import { test } from 'tap'
import { redirectAddresses } from './redirect-addresses.ts'

test('a host has the same addresses everywhere, whatever its case, and none that others use', async (t) => {
  const addresses = [...redirectAddresses('db.example')]
  t.same([...redirectAddresses('DB.Example')], addresses)
  t.equal(new Set(addresses).size, addresses.length)
  for (const address of addresses) {
    const [a, b, c, d] = address.split('.').map(Number)
    t.equal(a, 127)
    t.ok(Number(b) >= 1 && Number(b) <= 254, 'never 127.0.x.y')
    t.ok(Number(c) >= 0 && Number(c) <= 255)
    t.ok(Number(d) >= 1 && Number(d) <= 254)
  }
  t.not([...redirectAddresses('web.example')][0], addresses[0])
})
