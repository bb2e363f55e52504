import type { ListenerRow } from '../../../contract.ts'

/** What part of the offers a listener got while it was connected, and was to get, percent; undefined before the first. */
export function shareOf({
  offered,
  expected,
  offers,
}: Pick<ListenerRow, 'offered' | 'expected' | 'offers'>):
  { share: number; expected: number } | undefined {
  if (offers === 0) return undefined
  return { share: (100 * offered) / offers, expected: (100 * expected) / offers }
}

/** How a control channel ended, e.g. `1001 by the relay`. */
export function endText({ by, code }: NonNullable<ListenerRow['ended']>): string {
  return `${code === null ? 'cut' : `Close ${code}`} by the ${by}`
}
