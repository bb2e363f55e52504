import type { Case } from './case.ts'

/** Which cases a run is about. */
export type Choice = (test: Pick<Case<never>, 'id'>) => boolean

/**
 * Cases of the given suites, or whose id is given or begins with what is given. Everything when nothing is. Throws a
 * RangeError that names what no case matches.
 */
export function readChoice(names: readonly string[], ids: readonly string[]): Choice {
  const matches = (name: string, id: string) => id === name || id.startsWith(`${name}.`)
  for (const name of names) {
    if (!ids.some((id) => matches(name, id)))
      throw new RangeError(`no suite and no case is called "${name}"`)
  }
  return ({ id }) => names.length === 0 || names.some((name) => matches(name, id))
}
