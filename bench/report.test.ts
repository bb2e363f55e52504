import { test } from 'tap'
import { judge } from './goals.ts'
import { formatMarkdown, markdownTable, type Results } from './report.ts'
import type { Sample, Scenario } from './scenarios/scenario.ts'

const LATENCY: Scenario = {
  name: 'latency',
  question: 'How long?',
  metrics: [{ key: 'p50Microseconds', label: 'p50 us', digits: 1 }],
  run: async () => {},
}

const echo = (peer: string, run: number, p50Microseconds: number, foreignCores = 0): Sample => ({
  scenario: 'latency',
  case: 'ws 64 B',
  peer,
  run,
  metrics: { p50Microseconds },
  foreignCores,
})

const results = (samples: readonly Sample[], failures: readonly string[] = []): Results => ({
  machine: { cpu: 'Some CPU', cores: 2, kernel: 'Linux 6', node: 'v20.19.0', isPinned: true },
  runs: 3,
  isQuick: false,
  samples,
  outcomes: judge(samples, ['latency']),
  missing: ['socat'],
  failures,
})

test('the report shows the conditions, each goal and the medians of each case', async (t) => {
  const report = formatMarkdown(
    results([
      ...[echo('relay-emulator', 0, 50), echo('raw pipe', 0, 50)],
      ...[echo('relay-emulator', 1, 55), echo('raw pipe', 1, 50)],
      ...[echo('relay-emulator', 2, 90, 1.2), echo('raw pipe', 2, 50)],
    ]),
    [LATENCY],
  )
  t.match(report, 'Some CPU, 2 cores, Linux 6, Node v20.19.0')
  t.match(report, '1 of 6 samples had more than 0.3 cores of other work')
  t.match(report, 'Not installed, so not compared: socat.')
  t.match(
    report,
    /\| 6 +\| echo p50, ws, 64 B, over raw pipe +\| 1\.1 +\| <= 1\.15 +\| <= 1 +\| met +\|/,
  )
  t.match(report, /\| 7 +\| RSS per idle tunnel, ws .*\| not measured/)
  t.match(report, /\| ws 64 B \| relay-emulator \| 55\.0 +\|/)
})

test('failed measurements are named in the report', async (t) => {
  const report = formatMarkdown(results([], ['ws 64 B, raw pipe, run 1: it broke']), [LATENCY])
  t.match(report, '- ws 64 B, raw pipe, run 1: it broke')
})

test('the columns of a table are as wide as their widest cell', async (t) => {
  t.equal(
    markdownTable(['a', 'long head'], [['wide cell', '1']]),
    ['| a         | long head |', '| --------- | --------- |', '| wide cell | 1         |'].join(
      '\n',
    ),
  )
})
