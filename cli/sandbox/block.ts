import { formatTable } from '../../console/table.ts'
import { commandLine } from './command-words.ts'
import { linesToTry } from './lines-to-try.ts'
import type { SandboxFacts } from './facts.ts'

/** What a person reads and copies from. Holds connection strings, and is the one thing of the sandbox that does. */
export function formatBlock(facts: SandboxFacts): string {
  const { version, ready, words, moved, warnings } = facts
  const where = words.folder === null ? '' : `, in the folder ${words.folder}`
  return [
    `relay-emulator ${version}: the sandbox is running, pid ${ready.pid}`,
    '',
    ...indented(formatTable(COLUMNS, rows(facts)).trimEnd().split('\n'), 2),
    '',
    ...indented(settings(facts), 2),
    ...moved.map(({ what, port }) => `  Port ${port} was taken: ${what} has another one.`),
    '',
    'Connection strings:',
    ...connectionStrings(facts).flatMap(({ text, value }) => [`  ${text}`, `    ${value}`]),
    '',
    `To try, in another terminal${where}:`,
    ...linesToTry(facts).flatMap(({ text, command }) => [`  ${text}`, `    ${command}`]),
    '',
    'To look at:',
    ...indented(formatTable(PAGE_COLUMNS, pages(facts)).trimEnd().split('\n').slice(1), 2),
    ...warnings.flatMap((warning) => ['', `Warning: ${warning}`]),
    '',
    '',
  ].join('\n')
}

/** The same for a log in JSON: the ready document with what it lacks of the block. */
export function blockFields(facts: SandboxFacts): object {
  const { ready, links, version, configFile, dataDir, moved, warnings } = facts
  return {
    ...ready,
    version,
    dataDir,
    links,
    config: configFile,
    moved,
    try: linesToTry(facts).map(({ command }) => command),
    warnings,
  }
}

type Row = { readonly name: string; readonly pid: number; readonly what: string }

const COLUMNS = [
  { title: 'name', of: ({ name }: Row) => name },
  { title: 'pid', of: ({ pid }: Row) => pid },
  { title: 'what', of: ({ what }: Row) => what },
]

function rows({ ready }: SandboxFacts): readonly Row[] {
  const { pid, relay } = ready
  const plain =
    relay.plainPort === null ? '' : `, in clear text http://localhost:${relay.plainPort}/`
  const served = ready.app.map(({ hybridConnection }) => hybridConnection).join(' and ')
  return [
    { name: 'relay', pid, what: `sb://localhost:${relay.port}/${plain}` },
    { name: 'admin', pid, what: ready.admin.url },
    ...(ready.arm ? [{ name: 'arm', pid, what: ready.arm.url }] : []),
    ...ready.endpoints.map(({ name, url, host, port }) => ({
      name,
      pid,
      what: `${url ?? `${host}:${port}`}, on-premises: only the agents reach it`,
    })),
    ...ready.agents.map(({ name, pid: own, stateDir }) => ({
      name,
      pid: own,
      what: `agent for ${served}, state folder ${stateDir}`,
    })),
    ...ready.app.map(({ name, pid: own, host, port, endpoint }) => ({
      name,
      pid: own,
      what: `the app's ${host}:${port}, which leads to ${endpoint}`,
    })),
  ]
}

function settings({ ready, configFile, dataDir }: SandboxFacts): readonly string[] {
  return [
    `CA             ${ready.caFile ?? 'none: the certificate is your own'}`,
    `configuration  ${configFile ?? 'the default one'}, with what the story needs`,
    `data           ${dataDir ?? 'in memory only'}`,
    `seed           ${ready.seed}`,
  ]
}

function connectionStrings({ ready }: SandboxFacts) {
  const [namespace] = ready.namespaces
  if (!namespace) return []
  const own = namespace.hybridConnections.filter(({ name }) =>
    ready.app.some(({ hybridConnection }) => hybridConnection === name),
  )
  return [
    { text: `namespace ${namespace.name}`, value: namespace.connectionString },
    ...own.flatMap(({ name, listenConnectionString, sendConnectionString }) => [
      { text: `${name}, for agents`, value: listenConnectionString },
      { text: `${name}, for apps`, value: sendConnectionString },
    ]),
  ]
}

type Page = { readonly url: string; readonly what: string }

const PAGE_COLUMNS = [
  { title: 'url', of: ({ url }: Page) => url },
  { title: 'what', of: ({ what }: Page) => what },
]

function pages({ ready, links, words }: SandboxFacts): readonly Page[] {
  const page = (path: string, what: string) => ({
    url: new URL(path, ready.admin.url).href,
    what,
  })
  const [agent] = ready.agents
  const again = commandLine(words.hcm, ['ui', '--state-dir', agent?.stateDir ?? ''])
  const agentPage =
    links.agent === null
      ? []
      : [{ url: links.agent, what: `the page of ${agent?.name}: once, within 60 s; then ${again}` }]
  return [
    { url: links.dashboard, what: 'the dashboard' },
    ...agentPage,
    page(
      '/api/v1/listeners',
      'the agents: two for each hybrid connection, one when one was killed',
    ),
    page('/api/v1/connections', 'the tunnels, each with its listener'),
    page('/api/v1/events', 'what happened'),
  ]
}

function indented(lines: readonly string[], columns: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(columns)}${line}`)
}
