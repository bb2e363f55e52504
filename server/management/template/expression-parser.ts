import { invalidTemplate } from './invalid-template.ts'

/** An expression of the template language, parsed. */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'member'
      readonly of: Expression
      readonly key: Expression
      /** `.?name` and `[?0]`: null where there is nothing. */
      readonly isSafe: boolean
    }

/** True when a text of a template is an expression, escaped or not. Source: management-plane 3.9. */
export function isExpression(text: string): boolean {
  return text.startsWith('[') && text.endsWith(']')
}

/** Parses what stands between the brackets. Throws `InvalidTemplate`. */
export function parseExpression(text: string): Expression {
  return new Parser(text).parse()
}

type Token =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'sign'; readonly value: string }
  | { readonly kind: 'end'; readonly value: '' }

const TOKEN = /\s*(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([a-z_]\w*)|(.))/giy

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  parse(): Expression {
    const expression = this.#expression()
    if (this.#next.kind !== 'end') throw this.#wrong(`'${this.#next.value}' is not expected`)
    return expression
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', value: '' }
  }

  #take(): Token {
    const token = this.#next
    this.#at++
    return token
  }

  #sign(value: string): boolean {
    if (this.#next.kind !== 'sign' || this.#next.value !== value) return false
    this.#at++
    return true
  }

  #expect(value: string): void {
    if (!this.#sign(value)) throw this.#wrong(`'${value}' is missing`)
  }

  #expression(): Expression {
    let expression = this.#primary()
    for (;;) {
      if (this.#sign('.')) {
        const isSafe = this.#sign('?')
        const name = this.#take()
        if (name.kind !== 'name') throw this.#wrong('a name must stand behind a dot')
        const key = { kind: 'value', value: name.value } as const
        expression = { kind: 'member', of: expression, key, isSafe }
      } else if (this.#sign('[')) {
        const isSafe = this.#sign('?')
        const key = this.#expression()
        this.#expect(']')
        expression = { kind: 'member', of: expression, key, isSafe }
      } else return expression
    }
  }

  #primary(): Expression {
    const token = this.#take()
    if (token.kind === 'text' || token.kind === 'number')
      return { kind: 'value', value: token.value }
    if (token.kind === 'name') return this.#call(token.value)
    if (token.kind === 'end') throw this.#wrong('it ends too early')
    throw this.#wrong(
      `'${token.value}' is not expected; a text that begins with [ and is no expression begins with [[`,
    )
  }

  #call(first: string): Expression {
    let name = first
    // A function of the template's own: namespace.name(...).
    while (this.#next.value === '.' && this.#tokens[this.#at + 2]?.value === '(') {
      this.#at++
      name = `${name}.${this.#take().value}`
    }
    if (!this.#sign('(')) throw this.#wrong(`'(' must stand behind ${name}`)
    const args: Expression[] = []
    if (this.#sign(')')) return { kind: 'call', name, args }
    do args.push(this.#expression())
    while (this.#sign(','))
    this.#expect(')')
    return { kind: 'call', name, args }
  }

  #wrong(why: string) {
    const shown = this.#text.length > 200 ? `${this.#text.slice(0, 200)}...` : this.#text
    return invalidTemplate(`the expression [${shown}] cannot be read: ${why}`)
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const [all, quoted, number, name, sign] of text.matchAll(TOKEN)) {
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replaceAll("''", "'") })
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) })
    else if (name !== undefined) tokens.push({ kind: 'name', value: name })
    else if (all.trim() !== '') tokens.push({ kind: 'sign', value: sign ?? '' })
  }
  return tokens
}
