import { test } from 'tap'
import { type Offer, RendezvousRegistry } from './rendezvous-registry.ts'

const outcomeOf = <Joined>(offer: Offer<Joined>) =>
  new Promise((resolve) => offer.onOutcome(resolve))

const UNKNOWN = {
  code: 'RELAY_RENDEZVOUS_UNKNOWN',
  status: 403,
  message: 'Unknown Connection ID: id_G0. Is the listener accepting the connection too late?',
}

test('an address is good once, relay-protocol 4.3', async (t) => {
  const registry = new RendezvousRegistry<string>()
  const offer = registry.open('contoso')
  t.match(offer.secret, /^[0-9a-f]{33,}$/)
  registry.take(offer.secret, 'id_G0').settle({ kind: 'joined', joined: 'listener' })
  t.throws(() => registry.take(offer.secret, 'id_G0'), UNKNOWN)
  t.strictSame(await outcomeOf(offer), { kind: 'joined', joined: 'listener' })
})

test('what ends an offer makes its address worthless, and the first outcome counts', async (t) => {
  const registry = new RendezvousRegistry<string>()
  const offer = registry.open('contoso')
  offer.settle({ kind: 'timedOut' })
  offer.settle({ kind: 'abandoned' })
  t.equal(registry.size, 0)
  t.throws(() => registry.take(offer.secret, 'id_G0'), UNKNOWN)
  t.strictSame(await outcomeOf(offer), { kind: 'timedOut' })
})

test('nobody guesses an address', async (t) => {
  const registry = new RendezvousRegistry<string>()
  const { secret: known } = registry.open('contoso')
  // The place is no secret: whatever stands before it must be right too, and nothing may follow.
  const nearly = [
    known.slice(32),
    '0'.repeat(32) + known.slice(32),
    `${known}x`,
    known.slice(0, 32),
  ]
  for (const secret of [undefined, '', '0'.repeat(32), ...nearly]) {
    t.throws(() => registry.take(secret, undefined), { code: 'RELAY_RENDEZVOUS_UNKNOWN' })
  }
  t.equal(registry.size, 1)
})

test('offers do not share a secret', async (t) => {
  const registry = new RendezvousRegistry<string>()
  const secrets = new Set(Array.from({ length: 1000 }, () => registry.open('contoso').secret))
  t.equal(secrets.size, 1000)
})
