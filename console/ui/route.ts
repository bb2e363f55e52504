/** Where the page is: the parts of the fragment's path, decoded, and its parameters. Source: dashboard 1, Routes. */
export type Route = {
  readonly path: readonly string[]
  readonly query: Readonly<Record<string, string>>
}

/** Reads `#/hc/contoso/sql?q=x`. What is not percent-encoded as it should be is taken as it stands. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = splitOnce(hash.replace(/^#?\/?/, ''), '?')
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

/** The fragment of a route. Parameters that are empty are left out. */
export function formatRoute(
  path: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '')
  const tail = kept.length > 0 ? `?${new URLSearchParams(kept)}` : ''
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`
}

function splitOnce(text: string, at: string): string[] {
  const index = text.indexOf(at)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
