import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node, Scalar, YAMLError } from 'yaml'
import { ConfigError } from './config-error.ts'
import type { ConfigProblem } from './config-error.ts'
import { interpolate } from './interpolate.ts'
import type { Environment } from './interpolate.ts'

/** Steps from the root of a document to one of its values. */
export type Path = readonly (string | number)[]

/** One YAML or JSON text whose values can be traced back to their lines. */
export class YamlSource {
  readonly #fileName: string
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed
  readonly #interpolated = new Set<Node>()

  /** Fills in variables. Throws {@link ConfigError} for every syntax error, duplicate key and missing variable. */
  constructor(text: string, fileName: string, env: Environment) {
    this.#fileName = fileName
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'error',
      keepSourceTokens: true,
    })
    const problems = this.#syntaxProblems()
    if (problems.length > 0) throw new ConfigError(problems)
    this.#interpolate(env)
  }

  /** The document as plain data; an empty one is `{}`. Throws {@link ConfigError} for aliases that grow without end. */
  toData(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: 100 }) ?? {}
    } catch {
      throw new ConfigError([this.#at(0, '', 'the aliases of this document cannot be resolved')])
    }
  }

  /** A problem with the value at `path`, or with the key that leads to it; an absent one is placed at its parent. */
  problem(path: Path, message: string, part: 'key' | 'value' = 'value'): ConfigProblem {
    return this.#at(this.#offset(path, part), formatPath(path), message)
  }

  /**
   * Gives a value that came from a variable the type the schema asks for: `port: ${PORT}` is text until here.
   * False when the value is no such text.
   */
  coerce(path: Path, types: readonly string[]): boolean {
    const node = this.#node(path)
    if (!isScalar(node) || !this.#interpolated.has(node)) return false
    const value = coerced(String(node.value), types)
    if (value !== undefined) node.value = value
    return value !== undefined
  }

  #syntaxProblems(): ConfigProblem[] {
    const faults = [...this.#document.errors, ...this.#document.warnings]
    if (faults.length === 0) return []
    const open = lastUnclosed(this.#document)
    if (open === undefined)
      return faults.map((error) => this.#at(error.pos[0], '', syntaxMessage(error)))
    // The parser notices at the end of what it took for the inside, and so does whatever stands around it.
    const others = faults.filter(({ code }) => code !== 'MISSING_CHAR' && code !== 'BAD_INDENT')
    return [
      this.#at(open.offset, '', `this ${open.sign} is never closed`),
      ...others.map((error) => this.#at(error.pos[0], '', syntaxMessage(error))),
    ]
  }

  #interpolate(env: Environment): void {
    const problems: ConfigProblem[] = []
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return
        try {
          node.value = interpolate(node.value, env)
          this.#interpolated.add(node)
        } catch (error) {
          if (!(error instanceof TypeError)) throw error
          problems.push(this.#at(startOf(node), '', error.message))
        }
      },
    })
    if (problems.length > 0) throw new ConfigError(problems)
  }

  #node(path: Path): Node | undefined {
    return path.reduce<Node | undefined>(
      (node, step) => child(this.#resolved(node), step)?.value,
      this.#document.contents ?? undefined,
    )
  }

  #offset(path: Path, part: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length--) {
      const found = child(
        this.#resolved(this.#node(path.slice(0, length - 1))),
        path[length - 1] ?? 0,
      )
      const node = part === 'key' ? (found?.key ?? found?.value) : found?.value
      if (node) return startOf(node)
    }
    return this.#document.contents ? startOf(this.#document.contents) : 0
  }

  #resolved(node: Node | undefined): Node | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node
  }

  #at(offset: number, path: string, message: string): ConfigProblem {
    const { line, col } = this.#lines.linePos(offset)
    return {
      file: this.#fileName,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path,
      message,
    }
  }
}

/** `namespaces[0].hybridConnections[1].name`. */
function formatPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`,
    )
    .join('')
}

function child(
  parent: Node | undefined,
  step: string | number,
): { readonly key: Node | undefined; readonly value: Node | undefined } | undefined {
  if (isSeq<Node>(parent)) return { key: undefined, value: parent.items[Number(step)] }
  if (!isMap<Scalar, Node | null>(parent)) return undefined
  const pair = parent.items.find(({ key }) => String(key.value) === String(step))
  return pair && { key: pair.key, value: pair.value ?? pair.key }
}

/** The last bracket or quote that has no counterpart. */
function lastUnclosed(
  document: Document.Parsed,
): { readonly sign: string; readonly offset: number } | undefined {
  let last: { readonly sign: string; readonly offset: number } | undefined
  visit(document, {
    Node: (_key, { srcToken: token }) => {
      if (token?.type === 'flow-collection') {
        const [sign, close] = token.start.source === '[' ? ['[', ']'] : ['{', '}']
        if (token.end[0]?.source !== close) last = { sign, offset: token.offset }
      } else if (token?.type === 'double-quoted-scalar' || token?.type === 'single-quoted-scalar') {
        const sign = token.source.charAt(0)
        const isClosed = token.source.length > 1 && token.source.endsWith(sign)
        if (!isClosed) last = { sign, offset: token.offset }
      }
    },
  })
  return last
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}

function coerced(text: string, types: readonly string[]): number | boolean | undefined {
  if (types.includes('integer') && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return undefined
}

// The parser's own messages quote the text, which may hold a key.
const SYNTAX_MESSAGES: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'an alias names no anchor before it, or ends in a colon',
  BAD_DQ_ESCAPE: 'unknown escape in a double-quoted text',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot begin here; is a quote or a line break missing?',
  DUPLICATE_KEY: 'this key is there twice',
  MISSING_CHAR: 'a character is missing, such as a closing quote or bracket, a comma or a colon',
  MULTIPLE_DOCS: 'a file holds one document only',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a colon missing?',
  NON_STRING_KEY: 'a key must be plain text',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'tags are not supported',
}

function syntaxMessage({ code }: YAMLError): string {
  return SYNTAX_MESSAGES[code] ?? `not valid YAML or JSON (${code})`
}
