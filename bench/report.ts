import { cpus, release } from 'node:os'
import type { Outcome } from './goals.ts'
import { median } from './lib/stats.ts'
import { isNoisy } from './lib/window.ts'
import type { Metric, Sample, Scenario } from './scenarios/scenario.ts'

/** Everything that a run found out. The JSON file holds it as it is. */
export type Results = {
  readonly machine: Machine
  readonly runs: number
  readonly isQuick: boolean
  readonly samples: readonly Sample[]
  readonly outcomes: readonly Outcome[]
  /** Peers whose program is not installed. */
  readonly missing: readonly string[]
  /** Measurements that went wrong, each with its reason. */
  readonly failures: readonly string[]
}

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  readonly node: string
  /** Whether relay and generator had a core each. */
  readonly isPinned: boolean
}

/** Describes this machine. */
export function describeMachine(isPinned: boolean): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    kernel: `Linux ${release().split('-', 1)[0]}`,
    node: process.version,
    isPinned,
  }
}

/** The whole report: conditions, goals, then a table for each scenario. */
export function formatMarkdown(results: Results, scenarios: readonly Scenario[]): string {
  return [
    '# Benchmarks',
    conditions(results),
    ...(results.failures.length === 0
      ? []
      : ['## Failed measurements', results.failures.map((failure) => `- ${failure}`).join('\n')]),
    '## Goals',
    goalTable(results.outcomes),
    ...scenarios.flatMap((scenario) => [
      `## ${capital(scenario.name)}`,
      scenario.question,
      scenarioTable(scenario, results.samples),
    ]),
    '',
  ].join('\n\n')
}

/** Cells with a bar in them would break the table, so they must have none. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((cell, i) =>
    Math.max(3, cell.length, ...rows.map((row) => row[i]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function conditions({ machine, runs, isQuick, samples, missing }: Results): string {
  const { cpu, cores, kernel, node, isPinned } = machine
  const noisy = samples.filter(isNoisy).length
  return [
    `${cpu}, ${cores} cores, ${kernel}, Node ${node}, loopback.`,
    isPinned
      ? 'The relay has one core, the load generator another.'
      : 'Relay and load generator share the cores: `taskset` or a second core is missing.',
    `Medians of ${runs} ${runs === 1 ? 'repetition' : 'repetitions'}${isQuick ? ' (quick)' : ''}, in processes of its own each; peers in turn inside it, for what flows in several rounds of short pieces; ratios are taken inside a round.`,
    `${noisy} of ${samples.length} samples had more than 0.3 cores of other work beside them.`,
    ...(missing.length === 0 ? [] : [`Not installed, so not compared: ${missing.join(', ')}.`]),
    '"Raw pipe" is `a.pipe(b); b.pipe(a)`; "naive ws" passes each message of a ws server to `send`.',
    ...(isQuick ? ['Goals that fail a run do so only at full scale.'] : []),
  ].join('\n')
}

function goalTable(outcomes: readonly Outcome[]): string {
  return markdownTable(
    ['#', 'Goal', 'Measured', 'Must', 'Stretch', 'Result'],
    outcomes.map(({ goal, value, verdict }) => {
      const sign = goal.better === 'more' ? '>=' : '<='
      const unit = goal.unit === undefined ? '' : ` ${goal.unit}`
      return [
        String(goal.number),
        goal.over === undefined ? goal.what : `${goal.what}, over ${goal.over}`,
        value === undefined ? '-' : `${significant(value)}${unit}`,
        `${sign} ${goal.must}${unit}`,
        `${sign} ${goal.stretch}${unit}`,
        verdict === 'stretch' ? 'met, stretch too' : verdict,
      ]
    }),
  )
}

function scenarioTable({ name, metrics }: Scenario, samples: readonly Sample[]): string {
  const own = samples.filter((sample) => sample.scenario === name)
  const rows = new Map<string, Sample[]>()
  for (const sample of own) {
    const key = `${sample.case}\n${sample.peer}`
    rows.set(key, [...(rows.get(key) ?? []), sample])
  }
  return markdownTable(
    ['Case', 'Peer', ...metrics.map(({ label }) => label)],
    [...rows].map(([key, group]) => [
      ...key.split('\n'),
      ...metrics.map((metric) => cell(metric, group)),
    ]),
  )
}

/** Not every case has every metric. */
function cell({ key, digits }: Metric, group: readonly Sample[]): string {
  const value = median(group.flatMap(({ metrics }) => metrics[key] ?? []))
  if (Number.isNaN(value)) return '-'
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

function significant(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
