import type { Namespace } from '../protocol/entity.ts'
import { readEndpoint } from '../protocol/user-metadata.ts'
import { namespaceHosts } from '../server/namespace/host-names.ts'
import { connectionStringRows, rulesFor } from './connection-string-rows.ts'
import type { ConnectionStringRow } from './connection-string-rows.ts'

/** What start-up tells once: for a person to copy from, or as one line of JSON. */
export type StartFacts = {
  readonly version: string
  readonly pid: number
  readonly urls: { readonly relay: string; readonly plain: string | null; readonly admin: string }
  /** ARM and Entra ID, and who can sign in there. */
  readonly azure: {
    readonly armUrl: string
    readonly tenantId: string
    readonly subscriptionId: string
    readonly clientId: string
    readonly clientSecret: string
  }
  /** Port of the name service; null or left out when it is off. */
  readonly dnsPort?: number | null
  /** Port of the relay over TLS. */
  readonly port: number
  /** The first namespace answers to localhost. */
  readonly namespaces: readonly Namespace[]
  /** Logs a browser in to the dashboard, once; null or left out where no admin token is set. */
  readonly loginLink?: string | null
  /** Null with a certificate of the user's own. */
  readonly caFile: string | null
  readonly seed: number
  readonly profile: string
  /** Null when nothing is kept on disk. */
  readonly dataDir: string | null
  readonly configFile: string | null
  readonly warnings: readonly string[]
  /** How this program is called here: `relay-emulator`, or through npm. */
  readonly self: string
  /** True when tools find the emulator without `--admin`. */
  readonly isDefaultAdmin: boolean
}

/** The block. Holds connection strings, and is the one thing of start-up that does. */
export function formatBlock(facts: StartFacts): string {
  return [
    `relay-emulator ${facts.version} is running, pid ${facts.pid}`,
    '',
    ...formatPairs(addresses(facts)),
    ...facts.namespaces.flatMap((namespace) => ['', ...formatNamespace(facts, namespace)]),
    '',
    'To try:',
    ...linesToTry(facts).map((line) => `  ${line}`),
    ...facts.warnings.flatMap((warning) => ['', `Warning: ${warning}`]),
    '',
    '',
  ].join('\n')
}

/** The same for a log in JSON: the ready document with what it lacks of the block. */
export function blockFields(facts: StartFacts, ready: object): object {
  return {
    ...ready,
    version: facts.version,
    urls: facts.urls,
    loginLink: facts.loginLink ?? null,
    azure: facts.azure,
    dnsPort: facts.dnsPort ?? null,
    profile: facts.profile,
    dataDir: facts.dataDir,
    config: facts.configFile,
    connectionStrings: connectionStringRows(facts.namespaces, facts.port),
    try: linesToTry(facts),
    warnings: facts.warnings,
  }
}

/** How a person calls this program: npm scripts and npx do not put it on the PATH. */
export function selfCommand(env: NodeJS.ProcessEnv): string {
  if (!env.npm_lifecycle_event) return 'relay-emulator'
  return env.npm_package_name === 'relay-emulator'
    ? 'npm run --silent emulator --'
    : 'npx relay-emulator'
}

type Pair = readonly [name: string, value: string]

function addresses(facts: StartFacts): readonly Pair[] {
  const { urls, loginLink, azure, dnsPort, caFile, dataDir, configFile, seed, profile, self } =
    facts
  const secure = urls.relay.replace(/^sb:/, 'https:')
  return [
    ['relay', `${urls.relay}  ${secure}  ${secure.replace(/^https:/, 'wss:')}$hc/...`],
    ...(urls.plain === null ? [] : [['in clear text', urls.plain] as const]),
    ['admin', urls.admin],
    ...(loginLink == null ? [] : [['dashboard', `${loginLink}  (once, within 60 s)`] as const]),
    [
      'ARM, Entra ID',
      `${azure.armUrl}  tenant ${azure.tenantId}  subscription ${azure.subscriptionId}`,
    ],
    ['service principal', `${azure.clientId}  secret ${azure.clientSecret}`],
    ...(dnsPort == null ? [] : [['name service', `port ${dnsPort}, UDP and TCP`] as const]),
    [
      'CA',
      caFile === null
        ? 'none: the certificate is your own'
        : `${caFile}  (how to trust it: ${self} cert trust${adminFlag(facts)})`,
    ],
    ['configuration', configFile ?? 'the default one'],
    ['data', dataDir ?? 'in memory only'],
    ['seed, profile', `${seed}, ${profile}`],
  ]
}

function formatNamespace(facts: StartFacts, namespace: Namespace): string[] {
  const isFirst = facts.namespaces[0] === namespace
  const hosts = [...namespaceHosts(namespace), ...(isFirst ? ['localhost'] : [])]
  const rows = connectionStringRows(facts.namespaces, facts.port, { namespace: namespace.name })
  const byEntity = new Map<string | null, ConnectionStringRow[]>([[null, []]])
  for (const row of rows) {
    const known = byEntity.get(row.hybridConnection)
    if (known) known.push(row)
    else byEntity.set(row.hybridConnection, [row])
  }
  const of = (entity: string | null) => byEntity.get(entity) ?? []
  return [
    `namespace ${namespace.name}  (${hosts.join(', ')})`,
    ...formatStrings(of(null)),
    ...namespace.hybridConnections.flatMap((entity) => {
      const endpoint = readEndpoint(entity.userMetadata)
      const traits = [
        entity.requiresClientAuthorization ? 'senders need a token' : 'anonymous senders',
        ...(endpoint ? [`endpoint ${endpoint.host}:${endpoint.port}`] : []),
        ...(rulesFor(namespace, entity) === namespace.authorizationRules
          ? ["the namespace's rules"]
          : []),
      ]
      return [
        `  hybrid connection ${entity.name}  (${traits.join(', ')})`,
        ...formatStrings(of(entity.name)),
      ]
    }),
  ]
}

function formatStrings(rows: readonly ConnectionStringRow[]): string[] {
  return rows.flatMap((row, index) => {
    const isNewRule = rows[index - 1]?.rule !== row.rule
    const title = isNewRule ? [`    ${row.rule}  (${row.rights.join(', ')})`] : []
    return [...title, `      ${row.connectionString}`]
  })
}

function linesToTry(facts: StartFacts): string[] {
  const { caFile, self, namespaces, port } = facts
  const admin = adminFlag(facts)
  const trust = caFile === null ? '' : ` --cacert ${quoted(caFile)}`
  const [first] = namespaces
  const entity = first?.hybridConnections[0]
  return [
    `curl${trust} https://localhost:${port}/`,
    `${self} status${admin}`,
    `${self} tail${admin}`,
    `${self} az${admin} -- group list -o table`,
    ...(first && entity
      ? [
          `${self} connection-string ${first.name}/${entity.name}${admin}`,
          `${self} exec${admin} -- node listener.mjs   # wss://${first.name}.servicebus.windows.net:443/... leads here`,
        ]
      : []),
  ]
}

/** What leads a tool here when the admin port is not where tools look by themselves. */
function adminFlag({ isDefaultAdmin, urls }: StartFacts): string {
  return isDefaultAdmin ? '' : ` --admin ${urls.admin.replace(/\/$/, '')}`
}

function quoted(file: string): string {
  return /^[\w./~+:\\-]+$/.test(file) ? file : `"${file}"`
}

function formatPairs(pairs: readonly Pair[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}
