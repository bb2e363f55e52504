/** A JSON value with the character position at which each part begins. */
export type JsonNode =
  | { readonly kind: 'object'; readonly at: number; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly at: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'literal'; readonly at: number; readonly value: JsonLiteral }

export type JsonMember = { readonly key: string; readonly at: number; readonly value: JsonNode }

type JsonLiteral = string | number | boolean | null

/** Where and why a text stops being JSON. */
export type JsonFault = { readonly at: number; readonly message: string }

/** Deepest nesting that is read. */
const MAX_DEPTH = 64
const BLANKS = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/**
 * Reads JSON as `JSON.parse` does and keeps the positions, which its errors tell in some versions of Node only.
 * Nesting beyond 64 levels is a fault.
 */
export function readJsonTree(text: string): JsonNode | { readonly fault: JsonFault } {
  const reader = new Reader(text)
  try {
    const node = reader.value(0)
    reader.end()
    return node
  } catch (error) {
    if (error instanceof Stop) return { fault: { at: error.at, message: error.message } }
    throw error
  }
}

class Stop extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonNode {
    this.#take(BLANKS)
    const at = this.#at
    if (depth > MAX_DEPTH) throw new Stop(at, 'is nested too deep')
    if (this.#skip('{')) return { kind: 'object', at, members: this.#members(depth) }
    if (this.#skip('[')) return { kind: 'array', at, items: this.#items(depth) }
    const literal = this.#take(STRING) ?? this.#take(NUMBER_OR_WORD)
    if (literal === undefined) throw new Stop(at, 'expected a value')
    return { kind: 'literal', at, value: JSON.parse(literal) as JsonLiteral }
  }

  end(): void {
    this.#take(BLANKS)
    if (this.#at < this.#text.length) throw new Stop(this.#at, 'expected nothing more')
  }

  #members(depth: number): JsonMember[] {
    return this.#list('}', () => {
      const at = this.#at
      const key = this.#take(STRING)
      if (key === undefined) throw new Stop(at, 'expected a member name in double quotes')
      this.#take(BLANKS)
      if (!this.#skip(':')) throw new Stop(this.#at, 'expected a colon after the member name')
      return { key: JSON.parse(key) as string, at, value: this.value(depth + 1) }
    })
  }

  #items(depth: number): JsonNode[] {
    return this.#list(']', () => this.value(depth + 1))
  }

  #list<Part>(end: string, part: () => Part): Part[] {
    const parts: Part[] = []
    this.#take(BLANKS)
    if (this.#skip(end)) return parts
    for (;;) {
      this.#take(BLANKS)
      parts.push(part())
      this.#take(BLANKS)
      if (this.#skip(end)) return parts
      if (!this.#skip(',')) throw new Stop(this.#at, `expected a comma or ${end}`)
    }
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    return found
  }
}
