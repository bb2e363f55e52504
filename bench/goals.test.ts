import { test } from 'tap'
import { GOALS, isFailure, judge } from './goals.ts'
import type { Sample } from './scenarios/scenario.ts'

const PRODUCT = 'relay-emulator'

const sample = (from: Partial<Sample> & Pick<Sample, 'scenario' | 'case' | 'metrics'>): Sample => ({
  peer: PRODUCT,
  run: 0,
  foreignCores: 0,
  ...from,
})

const frames = (peer: string, run: number, framesPerSecond: number): Sample =>
  sample({ scenario: 'throughput', case: 'ws 64 B', peer, run, metrics: { framesPerSecond } })

const stall = (run: number, growthMebibytes: number, isDelivered: number): Sample =>
  sample({
    scenario: 'slow',
    case: 'one frame',
    run,
    metrics: { growthMebibytes, isDelivered },
  })

test('a ratio is taken inside each repetition, then the median', async (t) => {
  const samples = [
    ...[frames(PRODUCT, 0, 1_500), frames('naive ws', 0, 100)],
    ...[frames(PRODUCT, 1, 200), frames('naive ws', 1, 20)],
    ...[frames(PRODUCT, 2, 90), frames('naive ws', 2, 1)],
  ]
  const outcome = judge(samples, ['throughput']).find(({ goal }) => goal.number === 4)
  t.equal(outcome?.value, 15)
  t.equal(outcome?.verdict, 'met')
})

test('a repetition without the peer does not count', async (t) => {
  const samples = [frames(PRODUCT, 0, 1_000), frames(PRODUCT, 1, 2_500), frames('naive ws', 1, 100)]
  const outcome = judge(samples, ['throughput']).find(({ goal }) => goal.number === 4)
  t.equal(outcome?.value, 25)
  t.equal(outcome?.verdict, 'stretch')
})

test('memory in a stall counts only when everything was delivered in every repetition', async (t) => {
  const verdict = (samples: readonly Sample[]) =>
    judge(samples, ['slow']).find(({ goal }) => goal.case === 'one frame')?.verdict
  t.equal(verdict([stall(0, 10, 1), stall(1, 30, 1), stall(2, 40, 1)]), 'met')
  t.equal(verdict([stall(0, 10, 1), stall(1, 30, 0), stall(2, 40, 1)]), 'missed')
  t.equal(verdict([stall(0, 65, 1)]), 'missed')
})

test('only the robust goals fail a run', async (t) => {
  const nothing = judge([], ['throughput', 'latency', 'connect', 'idle', 'slow', 'http', 'tunnel'])
  t.ok(nothing.every(({ verdict }) => verdict === 'missed'))
  const failing = new Set(
    nothing.filter((outcome) => isFailure(outcome, false)).map(({ goal }) => goal.number),
  )
  t.same([...failing], [3, 4, 7, 8, 13])
})

test('a quick run fails only where a robust goal has no figure', async (t) => {
  const isOver = (samples: readonly Sample[], isQuick: boolean) =>
    judge(samples, ['slow'])
      .filter(({ goal }) => goal.case === 'one frame')
      .some((outcome) => isFailure(outcome, isQuick))
  t.equal(isOver([stall(0, 65, 1)], false), true)
  t.equal(isOver([stall(0, 65, 1)], true), false)
  t.equal(isOver([stall(0, 65, 0)], true), true)
})

test('goals of scenarios that were not asked for are neither met nor missed', async (t) => {
  const outcomes = judge([], ['latency'])
  const others = outcomes.filter(({ goal }) => goal.scenario !== 'latency')
  t.ok(others.every(({ verdict }) => verdict === 'not measured'))
  t.notOk(outcomes.some((outcome) => isFailure(outcome, false)))
})

test('every stretch is beyond its must', async (t) => {
  for (const { what, better, must, stretch } of GOALS) {
    t.ok(better === 'more' ? stretch > must : stretch < must, what)
  }
})
