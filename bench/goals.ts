import { median } from './lib/stats.ts'
import { FASTIFY_PROXY } from './peers/http-peers.ts'
import { NAIVE_BY_ARRIVAL, NAIVE_RENDEZVOUS } from './peers/node-peers.ts'
import { OPENSSH } from './peers/openssh.ts'
import { PRODUCT } from './peers/product.ts'
import { DIRECT, NAIVE_TUNNEL } from './peers/tunnel-peers.ts'
import { CONNECT_CASES } from './scenarios/connect.ts'
import { HTTP_CASES } from './scenarios/http-cases.ts'
import type { Sample } from './scenarios/scenario.ts'

/** One line of the goals: a figure of the product, or its ratio to a peer's. */
export type Goal = {
  /** Several lines may share a number; each has to be met. */
  readonly number: number
  readonly what: string
  readonly scenario: string
  readonly case: string
  readonly metric: string
  /** The peer that it is divided by, inside each repetition; none for a plain figure. */
  readonly over?: string
  readonly better: 'more' | 'less'
  readonly must: number
  readonly stretch: number
  /** Unit of a plain figure. */
  readonly unit?: string
  /** A metric that has to be 1 in every sample for the figure to count. */
  readonly provided?: string
  /** Holds on a noisy machine too: missing it fails the run. */
  readonly isRobust?: boolean
}

export type Verdict = 'stretch' | 'met' | 'missed' | 'not measured'

/** A goal, the median of its figure over the repetitions, and the judgement. */
export type Outcome = {
  readonly goal: Goal
  readonly value: number | undefined
  readonly verdict: Verdict
}

const RATIO = { isRobust: false }
const CPU = {
  ...RATIO,
  scenario: 'throughput',
  metric: 'cpuSecondsPerGigabyte',
  better: 'less',
} as const
const FLOW = { ...RATIO, scenario: 'throughput', better: 'more' } as const
const TLS = { ...CPU, number: 5, over: 'raw pipe', must: 1, stretch: 0.85 } as const
const IDLE = {
  number: 7,
  scenario: 'idle',
  metric: 'rssKibibytesPerTunnel',
  better: 'less',
  unit: 'KiB',
  isRobust: true,
} as const
const SLOW = {
  number: 8,
  scenario: 'slow',
  metric: 'growthMebibytes',
  better: 'less',
  must: 64,
  stretch: 20,
  unit: 'MiB',
  provided: 'isDelivered',
  isRobust: true,
} as const

const HANDSHAKE = {
  number: 10,
  what: "time to the sender's 101, ws",
  scenario: 'connect',
  case: CONNECT_CASES.ws.label,
  metric: 'handshakeP50Milliseconds',
  better: 'less',
  must: 4,
  stretch: 2.5,
} as const

const TUNNEL = {
  ...RATIO,
  scenario: 'tunnel',
  metric: 'megabytesPerSecond',
  better: 'more',
} as const
const OVER_NAIVE = { ...TUNNEL, number: 14, over: NAIVE_TUNNEL.name, must: 1.1, stretch: 1.3 }
const OVER_TCP = { ...TUNNEL, number: 15, over: DIRECT.name, must: 0.3, stretch: 0.45 }
const OVER_SSH = { ...TUNNEL, number: 16, over: OPENSSH.name, must: 1, stretch: 1.5 }

const IDLE_END = {
  number: 17,
  scenario: 'tunnel',
  case: 'wss idle',
  better: 'less',
  must: 40,
  stretch: 30,
  unit: 'KiB',
} as const

/** What the data path has to reach. Ratios and limits are of one run, medians of its repetitions. */
export const GOALS: readonly Goal[] = [
  {
    ...FLOW,
    number: 1,
    what: 'MB/s, ws, 64 KiB frames',
    case: 'ws 64 KiB',
    metric: 'megabytesPerSecond',
    over: 'raw pipe',
    must: 0.9,
    stretch: 1.2,
  },
  {
    ...CPU,
    number: 2,
    what: 'CPU per GB, ws, 16 KiB frames',
    case: 'ws 16 KiB',
    over: 'raw pipe',
    must: 1.35,
    stretch: 0.9,
  },
  {
    ...CPU,
    number: 3,
    what: 'CPU per GB, ws, 1 KiB frames',
    case: 'ws 1 KiB',
    over: 'naive ws',
    must: 0.35,
    stretch: 0.2,
    isRobust: true,
  },
  {
    ...FLOW,
    number: 4,
    what: 'frames/s, ws, 64 B frames',
    case: 'ws 64 B',
    metric: 'framesPerSecond',
    over: 'naive ws',
    must: 10,
    stretch: 20,
    isRobust: true,
  },
  { ...TLS, what: 'CPU per GB, wss, 1 KiB frames', case: 'wss 1 KiB' },
  { ...TLS, what: 'CPU per GB, wss, 16 KiB frames', case: 'wss 16 KiB' },
  {
    number: 6,
    what: 'echo p50, ws, 64 B',
    scenario: 'latency',
    case: 'ws 64 B',
    metric: 'p50Microseconds',
    over: 'raw pipe',
    better: 'less',
    must: 1.15,
    stretch: 1,
  },
  { ...IDLE, what: 'RSS per idle tunnel, ws', case: 'ws', must: 25, stretch: 18 },
  { ...IDLE, what: 'RSS per idle tunnel, wss', case: 'wss', must: 90, stretch: 75 },
  { ...SLOW, what: 'stalled reader, 64 B frames: RSS growth', case: '64 B frames' },
  { ...SLOW, what: 'stalled reader, 64 KiB frames: RSS growth', case: '64 KiB frames' },
  { ...SLOW, what: 'stalled reader, one frame: RSS growth', case: 'one frame' },
  {
    number: 9,
    what: `CPU per connect, ${CONNECT_CASES.crowd.label}`,
    scenario: 'connect',
    case: CONNECT_CASES.crowd.label,
    metric: 'cpuMillisecondsPerTunnel',
    over: NAIVE_RENDEZVOUS.name,
    better: 'less',
    must: 0.9,
    stretch: 0.7,
  },
  { ...HANDSHAKE, over: NAIVE_RENDEZVOUS.name },
  { ...HANDSHAKE, over: NAIVE_BY_ARRIVAL.name },
  {
    number: 11,
    what: 'HTTP requests/s, 1 KiB, 32 connections, application behind the listener',
    scenario: 'http',
    case: HTTP_CASES.many,
    metric: 'requestsPerSecond',
    over: FASTIFY_PROXY.name,
    better: 'more',
    must: 1,
    stretch: 1.5,
  },
  {
    number: 12,
    what: 'HTTP p50, 1 KiB, one connection, application behind the listener',
    scenario: 'http',
    case: HTTP_CASES.one,
    metric: 'p50Microseconds',
    over: FASTIFY_PROXY.name,
    better: 'less',
    must: 1.4,
    stretch: 1,
  },
  {
    number: 13,
    what: 'ten HTTP bodies of 100 MiB each way: RSS growth',
    scenario: 'http',
    case: HTTP_CASES.large,
    metric: 'growthMebibytes',
    better: 'less',
    must: 64,
    stretch: 32,
    unit: 'MiB',
    isRobust: true,
  },
  { ...OVER_NAIVE, what: 'full tunnel over wss, to the endpoint, MB/s', case: 'wss up' },
  { ...OVER_NAIVE, what: 'full tunnel over wss, from the endpoint, MB/s', case: 'wss down' },
  { ...OVER_TCP, what: 'full tunnel over ws, to the endpoint, MB/s', case: 'ws up' },
  { ...OVER_TCP, what: 'full tunnel over ws, from the endpoint, MB/s', case: 'ws down' },
  { ...OVER_SSH, what: 'full tunnel over wss, to the endpoint, MB/s', case: 'wss up' },
  { ...OVER_SSH, what: 'full tunnel over wss, from the endpoint, MB/s', case: 'wss down' },
  {
    ...IDLE_END,
    what: 'RSS per idle tunnel over wss in app forward',
    metric: 'forwarderKibibytesPerTunnel',
  },
  {
    ...IDLE_END,
    what: 'RSS per idle tunnel over wss in the agent',
    metric: 'agentKibibytesPerTunnel',
  },
]

/** Judges the goals of the scenarios that ran. A goal whose samples are missing is not met. */
export function judge(samples: readonly Sample[], scenarios: readonly string[]): Outcome[] {
  return GOALS.map((goal) => {
    if (!scenarios.includes(goal.scenario)) {
      return { goal, value: undefined, verdict: 'not measured' }
    }
    const value = median(figures(goal, samples))
    return Number.isNaN(value)
      ? { goal, value: undefined, verdict: 'missed' }
      : { goal, value, verdict: verdictOn(goal, value) }
  })
}

/**
 * Whether a goal that holds on a noisy machine was missed. A quick run is too small to judge figures by: it fails only
 * where there is none.
 */
export function isFailure({ goal, value, verdict }: Outcome, isQuick: boolean): boolean {
  return goal.isRobust === true && verdict === 'missed' && (!isQuick || value === undefined)
}

/** One figure for each repetition in which the product, and the peer if there is one, were measured. */
function figures(goal: Goal, samples: readonly Sample[]): number[] {
  const inCase = samples.filter((s) => s.scenario === goal.scenario && s.case === goal.case)
  const own = inCase.filter((s) => s.peer === PRODUCT.name)
  const { provided, metric, over } = goal
  if (provided !== undefined && own.some((s) => s.metrics[provided] !== 1)) return []
  return own.flatMap(({ run, metrics }) => {
    const value = metrics[metric]
    const base =
      over === undefined ? 1 : inCase.find((s) => s.peer === over && s.run === run)?.metrics[metric]
    return value === undefined || base === undefined ? [] : [value / base]
  })
}

function verdictOn({ better, must, stretch }: Goal, value: number): Verdict {
  const reaches = (limit: number) => (better === 'more' ? value >= limit : value <= limit)
  return reaches(stretch) ? 'stretch' : reaches(must) ? 'met' : 'missed'
}
