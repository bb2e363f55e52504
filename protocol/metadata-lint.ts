import { type JsonNode, readJsonTree } from './json-tree.ts'
import { parseEndpoint } from './user-metadata.ts'

/** One thing that is wrong with a `userMetadata`. `at` is a character position; `fix` is the whole text put right. */
export type MetadataFinding = {
  readonly code: MetadataFault
  readonly level: 'error' | 'warning'
  readonly at: number | null
  readonly message: string
  readonly fix: string | null
}

export type MetadataFault =
  | 'doc-sample'
  | 'not-json'
  | 'not-array'
  | 'no-endpoint'
  | 'two-endpoints'
  | 'bad-endpoint'
  | 'too-long'
  | 'key-case'
  | 'python-literal'
  | 'ip'
  | 'localhost'
  | 'unsupported-port'

/** Longest `userMetadata`, characters. Source: relay-protocol 8, management-plane 4.3. */
const MAX_CHARACTERS = 1_024
/** The quote behind `value` is missing, as in the sample of Microsoft's documentation. */
const DOC_SAMPLE = /("value)(\s*:\s*")/
const EXAMPLE = '[{"key":"endpoint","value":"HOST:PORT"}]'
/** Protocols that do not survive being led through one port (documented limits of Hybrid Connections). */
const UNSUPPORTED_PORTS: ReadonlyMap<number, string> = new Map([
  [21, 'FTP in passive mode opens further ports'],
  [389, 'LDAP can need UDP'],
  [445, 'mounting a drive is not supported'],
])

/**
 * Judges a `userMetadata` as App Service, the agent and the Azure CLI read it; errors first, then warnings, each
 * in the order of the text. An empty list is a usable endpoint. Source: dashboard 2.2.
 */
export function lintUserMetadata(text: string): readonly MetadataFinding[] {
  const length = text.length > MAX_CHARACTERS ? [tooLong(text)] : []
  const tree = readJsonTree(text)
  if ('fault' in tree) return [...length, docSample(text) ?? notJson(text, tree.fault)]
  const found = [...length, ...judge(text, tree)]
  return [
    ...found.filter(({ level }) => level === 'error'),
    ...found.filter(({ level }) => level === 'warning'),
  ]
}

function judge(text: string, tree: JsonNode): MetadataFinding[] {
  const literals = pythonLiterals(tree)
  if (tree.kind !== 'array') return [notArray(text, tree), ...literals]
  const keys = tree.items.flatMap((item) => endpointKey(item) ?? [])
  const [first, second] = keys
  if (!first) return [noEndpoint(tree.at), ...literals]
  if (second) return [twoEndpoints(second.at, keys.length), ...literals]
  return [...keyCase(text, first), ...judgeEndpoint(endpointValue(first.entry)), ...literals]
}

/** The entry of an array whose key is `endpoint` in any case. */
type EndpointKey = { readonly at: number; readonly written: string; readonly entry: ObjectNode }
type ObjectNode = JsonNode & { readonly kind: 'object' }

function endpointKey(item: JsonNode): EndpointKey | undefined {
  if (item.kind !== 'object') return undefined
  const value = member(item, 'key')
  if (value?.kind !== 'literal' || typeof value.value !== 'string') return undefined
  if (value.value.toLowerCase() !== 'endpoint') return undefined
  return { at: value.at, written: value.value, entry: item }
}

function endpointValue(entry: ObjectNode): { at: number; value: unknown } {
  const node = member(entry, 'value')
  return { at: node?.at ?? entry.at, value: node?.kind === 'literal' ? node.value : undefined }
}

/** As `JSON.parse`, the last of several members of one name counts. */
function member(node: ObjectNode, name: string): JsonNode | undefined {
  return node.members.findLast(({ key }) => key === name)?.value
}

function judgeEndpoint({ at, value }: { at: number; value: unknown }): MetadataFinding[] {
  const endpoint = typeof value === 'string' ? parseEndpoint(value) : undefined
  if (!endpoint) {
    const message = `the endpoint is not HOST:PORT with a port from 1 to 65535${because(value)}`
    return [error('bad-endpoint', at, message)]
  }
  const { host, port } = endpoint
  const unsupported = UNSUPPORTED_PORTS.get(port)
  return [
    ...(isAddress(host)
      ? [warning('ip', at, `${host} is an IP address: an app reaches only names, use a DNS name`)]
      : []),
    ...(/^localhost$/i.test(host)
      ? [
          warning(
            'localhost',
            at,
            "localhost is the app's own machine and fails on Linux; use the endpoint's DNS name",
          ),
        ]
      : []),
    ...(unsupported === undefined
      ? []
      : [warning('unsupported-port', at, `port ${port}: ${unsupported}`)]),
  ]
}

function because(value: unknown): string {
  if (typeof value !== 'string') return ': its value is not a text'
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return ': it has a scheme; leave it out'
  if (/\s/.test(value)) return ': it has blanks'
  if (value.includes('/')) return ': it has a path; leave it out'
  return /:\d+$/.test(value) ? '' : ': it has no port'
}

/** Four numbers, or anything with colons: a host name has none of both forms. */
function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')
}

function keyCase(text: string, { at, written }: EndpointKey): MetadataFinding[] {
  if (written === 'endpoint') return []
  const behind = at + JSON.stringify(written).length
  const fix = `${text.slice(0, at)}"endpoint"${text.slice(behind)}`
  const isLiteral = text.slice(at, behind) === JSON.stringify(written)
  const message = `the key is written ${written}; write endpoint`
  return [warning('key-case', at, message, isLiteral ? fix : null)]
}

function docSample(text: string): MetadataFinding | undefined {
  const found = DOC_SAMPLE.exec(text)
  if (!found) return undefined
  const missingAt = found.index + (found[1]?.length ?? 0)
  const fix = `${text.slice(0, missingAt)}"${text.slice(missingAt)}`
  if ('fault' in readJsonTree(fix)) return undefined
  const message =
    'a quote is missing behind value: this is the sample of the documentation, which is not JSON'
  // Where the reader stumbles: the quote that was to open the value.
  return error('doc-sample', found.index + found[0].length - 1, message, fix)
}

function notJson(text: string, fault: { at: number; message: string }): MetadataFinding {
  if (text.trim() === '') return error('no-endpoint', null, `it is empty; expected ${EXAMPLE}`)
  const before = text.slice(0, fault.at).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  const place = `line ${before.length}, column ${column}`
  return error('not-json', fault.at, `it is not JSON: ${place}: ${fault.message}`)
}

function notArray(text: string, tree: JsonNode): MetadataFinding {
  const message = `it is not a JSON array; expected ${EXAMPLE}`
  return error('not-array', tree.at, message, wrapped(text, tree))
}

/** `{"endpoint":"h:1"}` and `{"key":"endpoint","value":"h:1"}` as the array they were meant to be. */
function wrapped(text: string, tree: JsonNode): string | null {
  if (tree.kind !== 'object') return null
  if (endpointKey(tree)) return `[${text.trim()}]`
  const pairs = tree.members.map(({ key, value }) => ({
    key,
    value: value.kind === 'literal' ? value.value : undefined,
  }))
  return pairs.every(({ value }) => typeof value === 'string') ? JSON.stringify(pairs) : null
}

function noEndpoint(at: number): MetadataFinding {
  return error('no-endpoint', at, `no entry has the key endpoint; expected ${EXAMPLE}`)
}

function twoEndpoints(at: number, count: number): MetadataFinding {
  return error('two-endpoints', at, `${count} entries have the key endpoint; leave one`)
}

function tooLong(text: string): MetadataFinding {
  const message = `it has ${text.length} characters; at most ${MAX_CHARACTERS} are stored`
  return error('too-long', MAX_CHARACTERS, message)
}

/** The Azure CLI reads the text as a Python literal, in which these three words are unknown names. */
function pythonLiterals(node: JsonNode): MetadataFinding[] {
  switch (node.kind) {
    case 'object':
      return node.members.flatMap(({ value }) => pythonLiterals(value))
    case 'array':
      return node.items.flatMap(pythonLiterals)
    case 'literal': {
      const { at, value } = node
      if (value !== null && typeof value !== 'boolean') return []
      const message = `az webapp hybrid-connection add cannot read ${String(value)}; write a text`
      return [warning('python-literal', at, message)]
    }
  }
}

function error(
  code: MetadataFault,
  at: number | null,
  message: string,
  fix: string | null = null,
): MetadataFinding {
  return { code, level: 'error', at, message, fix }
}

function warning(
  code: MetadataFault,
  at: number,
  message: string,
  fix: string | null = null,
): MetadataFinding {
  return { code, level: 'warning', at, message, fix }
}
