import { createHash } from 'node:crypto'
import type { FindingRow } from './contract.ts'
import { type FindingFacts, type Symptom, diagnoseRelay } from './diagnosis.ts'

/** How long a look is good for, ms (dashboard 1: at most once a second). */
const FRESH_MS = 1_000

/** The findings that are open, looked for when somebody asks and at most once a second. One per server. */
export class Findings {
  readonly #facts: () => FindingFacts
  readonly #since = new Map<string, number>()
  #rows: readonly FindingRow[] = []
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(facts: () => FindingFacts) {
    this.#facts = facts
  }

  /** Errors first, then warnings, each in the order of the hybrid connections. */
  rows(nowMs: number): readonly FindingRow[] {
    if (nowMs - this.#lookedAtMs < FRESH_MS) return this.#rows
    this.#lookedAtMs = nowMs
    const symptoms = diagnoseRelay(this.#facts())
    const rows = symptoms.map((symptom) => this.#row(symptom))
    const open = new Set(rows.map(({ id }) => id))
    for (const id of this.#since.keys()) if (!open.has(id)) this.#since.delete(id)
    this.#rows = [
      ...rows.filter(({ severity }) => severity === 'error'),
      ...rows.filter(({ severity }) => severity === 'warning'),
    ]
    return this.#rows
  }

  #row({ lastMs, ...symptom }: Symptom): FindingRow {
    const id = idOf(symptom)
    const since = this.#since.get(id) ?? lastMs
    this.#since.set(id, since)
    return {
      id,
      ...symptom,
      next: [...symptom.next],
      evidence: [...symptom.evidence],
      since: new Date(since).toISOString(),
    }
  }
}

/** The same for the same fault at the same place, so that a browser sees one row and not a new one every second. */
function idOf({ rule, hop, namespace, hybridConnection }: Omit<Symptom, 'lastMs'>): string {
  const place = JSON.stringify([rule, namespace, hybridConnection, hop])
  return `f_${createHash('sha256').update(place).digest('hex').slice(0, 8)}`
}
