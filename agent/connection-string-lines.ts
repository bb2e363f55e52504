import { parseConnectionString } from '../protocol/connection-string.ts'

/** One line of what somebody pasted; `problem` names the part at fault, and never its value. */
export type CheckedLine = {
  /** Counts from 1. */
  readonly line: number
  readonly text: string
  /** What it leads to, `HOST/NAME`; '' while it has a problem. */
  readonly name: string
  readonly problem: string | null
}

/** Checks what a person types, one connection string per line; empty lines do not count. Pure, for the browser too. */
export function checkLines(text: string): readonly CheckedLine[] {
  const seen = new Set<string>()
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trim()
    if (line === '') return []
    const checked = check(line)
    const isTwice = checked.problem === null && seen.has(checked.name.toLowerCase())
    seen.add(checked.name.toLowerCase())
    const problem = isTwice ? 'This hybrid connection stands above already.' : checked.problem
    return [{ line: index + 1, text: line, name: checked.name, problem }]
  })
}

/** The same text with dots for every key. */
export function maskKeys(text: string): string {
  return text.replaceAll(SECRET, '$1••••••••')
}

const SECRET = /(SharedAccess(?:Key|Signature)[ \t]*=[ \t]*)[^;\r\n]+/gi

function check(line: string): { readonly name: string; readonly problem: string | null } {
  try {
    const { host, port, entityPath, sharedAccessKey, sharedAccessSignature } =
      parseConnectionString(line)
    if (entityPath === undefined) {
      return refused(
        'EntityPath is missing: this is the string of a namespace. Take the gateway connection string of the hybrid connection.',
      )
    }
    if (sharedAccessKey === undefined && sharedAccessSignature === undefined) {
      return refused('SharedAccessKeyName and SharedAccessKey are missing.')
    }
    const place = port === undefined ? host : `${host}:${port}`
    return { name: `${place}/${entityPath}`, problem: null }
  } catch (error) {
    return refused((error as Error).message)
  }
}

function refused(problem: string) {
  return { name: '', problem }
}
