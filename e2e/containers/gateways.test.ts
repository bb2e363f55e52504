import { Resolver } from 'node:dns/promises'
import { test } from 'tap'
import type { Diagnosis } from '../../console/diagnosis.ts'
import { type Story, story } from './testing/compose.ts'
import { docker, tryDocker, waitFor } from './testing/engine.ts'

const NAMESPACE = 'rehearsal.servicebus.windows.net'
const STAMP = 'local-001'

/** The agent and what it needs, behind a firewall with this allow-list. */
async function behindFirewall(it: Story, allows: string): Promise<void> {
  await it.compose(['up', '--detach', '--no-build', 'fenced-agent'], { FIREWALL_ALLOWS: allows })
  await it.healthy('fenced-agent')
}

/** The first broken hop between an app and the page behind the agent, null when all works. */
async function brokenHop(it: Story): Promise<Diagnosis['broken']> {
  const relay = await it.container('rehearsal-relay')
  const explain = ['relay-emulator', 'explain', 'rehearsal/intranet', '-o', 'json']
  const { code, stdout } = await tryDocker('exec', relay, ...explain)
  const { broken } = JSON.parse(stdout) as Diagnosis
  if ((code === 0) !== (broken === null)) throw new Error(`explain ended with ${code}`)
  return broken
}

test('an allow-list rehearsed in the profile `gateways`', async (t) => {
  const it = story(t, 'gateways')

  await t.test(
    "the namespace's name alone: connected, every tunnel fails, and explain names the gateway",
    async (t) => {
      await behindFirewall(it, NAMESPACE)
      for (let attempt = 0; attempt < 2; attempt++) {
        t.match(await brokenHop(it), {
          hop: 'rendezvous address',
          why: /\bGV?\d+-prod-local-001-sb\.servicebus\.windows\.net/,
          next: ['relay-emulator gateways list --stamp local-001', /\*\.servicebus\.windows\.net/],
        })
      }
      const agent = await it.container('fenced-agent')
      t.match(JSON.parse(await docker('exec', agent, 'hcm', 'list')), [{ Status: 'Connected' }])
      const firewall = await docker('logs', await it.container('firewall'))
      t.match(firewall, /^blocked gv?\d+-prod-local-001-sb\.servicebus\.windows\.net$/m)
      t.match(
        await docker('logs', agent),
        /prod-local-001-sb\.servicebus\.windows\.net cannot be reached/,
      )
    },
  )

  await t.test('look-ups show the stamp and lead all 256 names to one address', async (t) => {
    const relay = await it.container('rehearsal-relay')
    const resolver = new Resolver()
    resolver.setServers([await docker('port', relay, '53/udp')])
    t.strictSame(await resolver.resolveCname(NAMESPACE), [`ns-sb2-prod-${STAMP}.cloudapp.net`])
    const [address] = await resolver.resolve4(NAMESPACE)
    const names = await docker(
      'exec',
      relay,
      'relay-emulator',
      'gateways',
      'list',
      '--stamp',
      STAMP,
    )
    const found = await Promise.all(names.split('\n').map((name) => resolver.resolve4(name)))
    t.equal(found.length, 256)
    t.ok(found.every(([each]) => each === address))
  })

  for (const [what, allows] of [
    ['all 256 names', `${NAMESPACE},gateways:${STAMP}`],
    ['the wildcard', '*.servicebus.windows.net'],
  ] as const) {
    await t.test(`${what}: tunnels work`, async (t) => {
      await behindFirewall(it, allows)
      await waitFor('the agent behind the new firewall', async () =>
        (await brokenHop(it)) === null ? true : undefined,
      )
      for (let attempt = 0; attempt < 3; attempt++) t.equal(await brokenHop(it), null)
      t.notMatch(await docker('logs', await it.container('firewall')), /^blocked/m)
    })
  }
})
