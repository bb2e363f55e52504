/** The text format of Prometheus, version 0.0.4. */

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export type Labels = Readonly<Record<string, string>>
export type Sample = { readonly labels?: Labels; readonly value: number }

/** All samples of one name, read when they are asked for. */
export type MetricFamily = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: () => readonly Sample[]
}

type Count = { readonly labels: Labels; value: number }

/** Numbers that grow, each with its labels. */
export class Counts {
  readonly #samples = new Map<string, Count>()
  /** The same by the very object that came before. */
  readonly #known = new WeakMap<Labels, Count>()

  add(labels: Labels, by = 1): void {
    const count = this.#known.get(labels) ?? this.#find(labels)
    count.value += by
  }

  #find(labels: Labels): Count {
    const key = formatLabels(labels)
    const count = this.#samples.get(key) ?? { labels, value: 0 }
    this.#samples.set(key, count)
    this.#known.set(labels, count)
    return count
  }

  samples(): readonly Sample[] {
    return [...this.#samples.values()]
  }
}

export function formatMetrics(families: readonly MetricFamily[]): string {
  return families
    .map(({ name, help, type, samples }) => {
      const lines = samples().map(
        ({ labels = {}, value }) => `${name}${formatLabels(labels)} ${value}\n`,
      )
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('\n')
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
