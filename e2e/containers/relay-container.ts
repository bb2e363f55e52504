import { isIP } from 'node:net'
import { GenericContainer, ImageName, Wait, getContainerRuntimeClient } from 'testcontainers'
import { parse } from 'yaml'
import type { AdminConfig, NamespaceConfig } from '../../server/config/config-document.ts'
import { FixtureError, type HybridConnectionOptions } from '../../server/fixture/relay-fixture.ts'
import { type RelayConfiguration, containerConfiguration } from './container-config.ts'
import { PORTS, StartedRelayEmulatorContainer } from './started-relay-container.ts'

const CONFIG_FILE = '/etc/relay-emulator/relay-emulator.json'
const DATA_DIR = '/data'
const ALLOWED_HOSTS = 'RELAY_EMULATOR_ADMIN_ALLOWED_HOSTS'
/** Readable by the image's user, whoever that is; the archive's files belong to root. */
const READABLE = 0o444
/** How often readiness is asked for, ms; also the longest wait for one answer. */
const READY_INTERVAL_MS = 250
const ALIVE_INTERVAL_MS = 1_000

/**
 * A container with the emulator. What is not said is as in a start without configuration: namespace `local-relay` with
 * the hybrid connections `demo` and `open`. Source: product 7.
 */
export class RelayEmulatorContainer extends GenericContainer {
  readonly #image: string
  #base: RelayConfiguration = {}
  #namespaces: readonly NamespaceConfig[] = []
  #hybridConnections: readonly HybridConnectionOptions[] = []
  #containerId: string | undefined

  constructor(image: string) {
    super(image)
    this.#image = image
    this.withExposedPorts(...Object.values(PORTS))
      .withEnvironment({ RELAY_EMULATOR_LOG_FORMAT: 'json' })
      .withWaitStrategy(
        Wait.forHttp('/health/ready', PORTS.admin, { abortOnContainerExit: true })
          .forStatusCode(200)
          .withReadTimeout(READY_INTERVAL_MS),
      )
  }

  /** Adds a namespace, or members to the one of that name. The first one answers to the engine's host name. */
  withNamespace(namespace: string | NamespaceConfig): this {
    const added = typeof namespace === 'string' ? { name: namespace } : namespace
    this.#namespaces = [...this.#namespaces, added]
    return this
  }

  /** Adds a hybrid connection, with the rules `defaultListener` and `defaultSender` unless others are given. */
  withHybridConnection(options: HybridConnectionOptions): this {
    this.#hybridConnections = [...this.#hybridConnections, options]
    return this
  }

  /** A whole configuration, as data or as the text of a YAML or JSON file. The other calls add to it. */
  withConfig(config: RelayConfiguration | string): this {
    this.#base = typeof config === 'string' ? (parse(config) as RelayConfiguration) : config
    return this
  }

  /** Makes the random listener choice reproducible. */
  withSeed(seed: number): this {
    return this.withEnvironment({ RELAY_EMULATOR_SEED: String(seed) })
  }

  /**
   * Fixes the CA, so that it can be trusted before the container runs. PEM; the key is ECDSA P-256 and without
   * passphrase, as in the emulator's own `ca.pem` and `ca-key.pem`.
   */
  withCertificateAuthority(pem: string, key: string): this {
    return this.withCopyContentToContainer([
      { content: pem, target: `${DATA_DIR}/ca.pem`, mode: READABLE },
      { content: key, target: `${DATA_DIR}/ca-key.pem`, mode: READABLE },
    ])
  }

  /** Resolves when the relay is ready. A start that fails leaves no container behind. */
  override async start(): Promise<StartedRelayEmulatorContainer> {
    const client = await getContainerRuntimeClient()
    const engineHost = client.info.containerRuntime.host
    const configuration = containerConfiguration({
      base: this.#base,
      namespaces: this.#namespaces,
      hybridConnections: this.#hybridConnections,
      engineHost,
    })
    this.withEnvironment({ RELAY_EMULATOR_CONFIG: CONFIG_FILE }).withCopyContentToContainer([
      { content: JSON.stringify(configuration), target: CONFIG_FILE, mode: READABLE },
    ])
    if (needsLeave(engineHost) && !this.environment[ALLOWED_HOSTS]) {
      const { allowedHosts = [] } = adminOf(this.#base)
      this.withEnvironment({ [ALLOWED_HOSTS]: [engineHost, ...allowedHosts].join(',') })
    }
    this.#containerId = undefined
    // testcontainers reads the log of a container that ended over a socket which keeps no process alive.
    const alive = setInterval(() => {}, ALIVE_INTERVAL_MS)
    try {
      const running = await super.start()
      const token = this.environment['RELAY_EMULATOR_ADMIN_TOKEN'] ?? adminOf(this.#base).token
      const started = new StartedRelayEmulatorContainer(running, token ?? '')
      await started.load()
      return started
    } catch (error) {
      await this.#removeLeftover()
      throw await this.#explained(error)
    } finally {
      clearInterval(alive)
    }
  }

  protected override containerCreated(containerId: string): Promise<void> {
    this.#containerId = containerId
    return Promise.resolve()
  }

  async #removeLeftover(): Promise<void> {
    if (this.#containerId === undefined) return
    const { container } = await getContainerRuntimeClient()
    try {
      await container.getById(this.#containerId).remove({ force: true, v: true })
    } catch (error) {
      // testcontainers removes by itself what did not become ready.
      const isGone = [404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)
      if (!isGone) throw error
    }
  }

  /** A missing image is told with those that are there. */
  async #explained(cause: unknown): Promise<unknown> {
    const { image, container } = await getContainerRuntimeClient()
    if (await image.exists(ImageName.fromString(this.#image))) return cause
    const images = await container.dockerode.listImages()
    const tags = images
      .flatMap(({ RepoTags }) => RepoTags ?? [])
      .filter((tag) => tag.includes('relay-emulator'))
    return new FixtureError(
      'RELAY_IMAGE_MISSING',
      `no image ${this.#image} on this engine, and it cannot be pulled; there is ` +
        `${tags.length === 0 ? 'none of relay-emulator' : tags.join(', ')}. ` +
        'In a clone of relay-emulator: docker build -t relay-emulator .',
      { cause },
    )
  }
}

function adminOf({ admin = {} }: RelayConfiguration): Partial<AdminConfig> {
  return admin as Partial<AdminConfig>
}

/** The admin port answers to localhost and IP addresses without being told (dashboard 8). */
function needsLeave(engineHost: string): boolean {
  return engineHost !== 'localhost' && isIP(engineHost) === 0
}
