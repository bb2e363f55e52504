import { execFile, spawnSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import process from 'node:process'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { IMAGE, ROOT, docker, inspect, waitFor } from './engine.ts'

const run = promisify(execFile)
const FREE_PORTS = {
  RELAY_PORT: '0',
  PLAIN_PORT: '0',
  ADMIN_PORT: '0',
  ARM_PORT: '0',
  WEB_PORT: '0',
  DNS_PORT: '0',
}

/** docker-compose.yml as one project of its own. */
export type Story = {
  /** Runs a command of Compose for this project; answers its standard output. */
  compose(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>
  /** Name of a service's container, for the engine. */
  container(service: string): Promise<string>
  /** Name of one of its networks, for the engine. */
  network(name: string): string
  /** Name of one of its volumes, for the engine. */
  volume(name: string): string
  /** Resolves when a service is healthy. */
  healthy(service: string): Promise<void>
  /** `127.0.0.1:PORT` of a published port. */
  published(service: string, port: number): Promise<string>
}

/** Prepares a project on free ports, whose containers, networks and volumes end with the test. Nothing runs yet. */
export function story(t: Test, profile?: string): Story {
  const project = `relay-emulator-test-${randomBytes(4).toString('hex')}`
  const [program, ...words] = composeCommand()
  const names = new Map<string, string>()
  const settings = { ...FREE_PORTS, ...firewallNetwork(), RELAY_EMULATOR_IMAGE: IMAGE }
  const compose: Story['compose'] = async (args, env = {}) => {
    const profiles = profile === undefined ? [] : ['--profile', profile]
    const { stdout } = await run(program, [...words, '-p', project, ...profiles, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...settings, ...env },
      maxBuffer: 64 << 20,
    })
    return stdout.trim()
  }
  t.teardown(() => compose(['down', '--volumes', '--timeout', '5']))
  const container = async (service: string) => {
    const known = names.get(service)
    if (known !== undefined) return known
    const filters = [`project=${project}`, `service=${service}`].flatMap((filter) => [
      '--filter',
      `label=com.docker.compose.${filter}`,
    ])
    const name = await docker('ps', '--all', ...filters, '--format', '{{.Names}}')
    if (name === '') throw new Error(`${service} has no container`)
    names.set(service, name)
    return name
  }
  return {
    compose,
    container,
    network: (name) => `${project}_${name}`,
    volume: (name) => `${project}_${name}`,
    async healthy(service) {
      const name = await container(service)
      await waitFor(`${service} to be healthy`, async () =>
        (await inspect(name, '{{.State.Health.Status}}')) === 'healthy' ? true : undefined,
      )
    },
    async published(service, port) {
      return docker('port', await container(service), `${port}/tcp`)
    },
  }
}

/** A network of its own, since projects run side by side: eight addresses of a block for documentation (RFC 5737). */
function firewallNetwork() {
  const first = 8 * randomInt(32)
  return {
    FIREWALL_SUBNET: `203.0.113.${first}/29`,
    FIREWALL_ADDRESS: `203.0.113.${first + 2}`,
  }
}

/** Compose 2 where the engine has it, else docker-compose. */
function composeCommand(): readonly [string, ...string[]] {
  const isPlugin = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0
  return isPlugin ? ['docker', 'compose'] : ['docker-compose']
}
