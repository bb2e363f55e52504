/** Names and values in the order and spelling of the wire. A name may come more than once. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>

/** Pairs up Node's `rawHeaders`. */
export function headerList(rawHeaders: readonly string[]): HeaderList {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''])
  }
  return headers
}

/**
 * Joins headers of one name, compared without case, under the first spelling: with `; ` for Cookie and `, ` for all
 * others. Source: relay-protocol 4.2, 5.3.
 */
export function joinHeaders(headers: HeaderList): HeaderList {
  const joined: (readonly [name: string, value: string])[] = []
  const places = new Map<string, number>()
  for (const header of headers) {
    const key = header[0].toLowerCase()
    const place = places.get(key)
    const known = place === undefined ? undefined : joined[place]
    if (place === undefined || !known) {
      places.set(key, joined.length)
      joined.push(header)
    } else {
      const separator = key === 'cookie' ? '; ' : ', '
      joined[place] = [known[0], `${known[1]}${separator}${header[1]}`]
    }
  }
  return joined
}
