/** `latest` when it is a later version than `current`, else null. A pre-release mark does not count. */
export function newerVersion(current: string, latest: string | null): string | null {
  const [mine, other] = [numbersOf(current), numbersOf(latest ?? '')]
  for (const [index, number] of other.entries()) {
    const own = mine[index] ?? 0
    if (number !== own) return number > own ? latest : null
  }
  return null
}

function numbersOf(version: string): readonly number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '').split('.').filter(Boolean).map(Number)
}
