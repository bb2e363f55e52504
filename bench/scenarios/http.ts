import { setTimeout as delay } from 'node:timers/promises'
import { within } from '../lib/deadline.ts'
import { HttpConnection, requestHead } from '../lib/http-connection.ts'
import { checkHttpIntegrity } from '../lib/http-integrity.ts'
import { patternChunks } from '../lib/pattern.ts'
import { peakRss } from '../lib/peak-rss.ts'
import { rssBytes } from '../lib/process-usage.ts'
import { percentile } from '../lib/stats.ts'
import { measure, quietly } from '../lib/window.ts'
import { HYBRID_CONNECTION } from '../peers/emulator.ts'
import { HTTP_PEERS, type HttpPeer, type HttpPeerKind } from '../peers/http-peers.ts'
import { PRODUCT } from '../peers/product.ts'
import { startChild } from '../peers/start-child.ts'
import { HTTP_CASES } from './http-cases.ts'
import { inTurn, roundsOf, type Bench, type Round, type Sample, type Scenario } from './scenario.ts'

const CONNECTIONS = 32
const WARM_UP_TRIPS = 250
const WARM_UP_STEP_MS = 50
/** Requests before any counts in a process that has served many. */
const AGAIN_WARM_UPS = 500
const TIMEOUT_MS = 60_000

type Backend = { readonly pid: number; readonly port: number }

export const HTTP: Scenario = {
  name: 'http',
  isOwn: true,
  question: [
    'GET of 1 KiB from an application in a process of its own, over keep-alive connections, and bodies of 100 MiB up and down one after the other, through the other peers in the first repetition only.',
    'The application is one request handler: behind the proxies node:http serves it, behind the product `createServer` of its client library, which is how an application listens there. So each request passes two programs. "Listener forwards", in the first repetition only, has a third: the handler of the listener asks the application that the proxies ask, as the node:http proxy does. The product checks a token with each request and logs as by default.',
    'Proxy or relay have one core; load generator, application and listener share the other.',
  ].join(' '),
  metrics: [
    { key: 'requestsPerSecond', label: 'requests/s', digits: 0 },
    { key: 'cpuMicrosecondsPerRequest', label: 'relay CPU us per request', digits: 0 },
    { key: 'relayCores', label: 'relay cores', digits: 2 },
    { key: 'generatorCores', label: 'generator, application cores', digits: 2 },
    { key: 'p50Microseconds', label: 'p50 us', digits: 0 },
    { key: 'p99Microseconds', label: 'p99 us', digits: 0 },
    { key: 'megabytesPerSecond', label: 'MB/s', digits: 0 },
    { key: 'growthMebibytes', label: 'RSS growth, MiB', digits: 1 },
  ],
  run: async (bench) => {
    const { child, port } = await startChild('backend-child', {}, bench.tools, {
      core: 'generator',
    })
    const backend = { pid: child.pid, port }
    try {
      const kinds = await checkPeers(bench, backend)
      for (let i = 0; i < bench.runs; i++) await repetition(bench, backend, kinds, i)
    } finally {
      await bench.tools.children.stop(child)
    }
  },
}

/** What one measurement adds to its sample. */
type Measured = Pick<Sample, 'metrics' | 'foreignCores'>

/** Those that let bodies through unchanged; only they are measured. */
async function checkPeers(bench: Bench, backend: Backend): Promise<readonly HttpPeerKind[]> {
  const passed: HttpPeerKind[] = []
  for (const kind of HTTP_PEERS) {
    await bench.attempt(`check of ${kind.name} over http`, async () => {
      const peer = await kind.start(backend.port, bench.tools)
      try {
        await checkHttpIntegrity(peer)
        passed.push(kind)
      } finally {
        await peer.close()
      }
    })
  }
  return passed
}

/** Peers in turn inside each case; the turn rotates. */
async function repetition(
  bench: Bench,
  backend: Backend,
  kinds: readonly HttpPeerKind[],
  repetition: number,
): Promise<void> {
  const peers: HttpPeer[] = []
  const rounds = roundsOf(bench.scale.rounds, repetition)
  // Memory first: the growth counts from a process that has done nothing.
  const cases = [
    [HTTP_CASES.large, measureLarge, rounds.slice(0, 1)],
    [HTTP_CASES.many, measureMany, rounds],
    [HTTP_CASES.one, measureTrips, rounds],
  ] as const
  try {
    for (const kind of kinds.filter(({ isExtra = false }) => repetition === 0 || !isExtra)) {
      await bench.attempt(`start of ${kind.name}, http, repetition ${repetition + 1}`, async () => {
        peers.push(await kind.start(backend.port, bench.tools))
      })
    }
    for (const [label, measureCase, ofCase] of cases) {
      for (const round of ofCase) {
        const { run } = round
        for (const peer of inTurn(peers, round)) {
          // Seconds each, and no goal hangs on what the others need.
          if (label === HTTP_CASES.large && peer.name !== PRODUCT.name && run > 0) continue
          await bench.attempt(`http ${label}, ${peer.name}, run ${run + 1}`, async () => {
            const helpers = [backend.pid, ...peer.helpers]
            const measured = await measureCase(bench, peer, helpers, round)
            bench.record({ scenario: HTTP.name, case: label, peer: peer.name, run, ...measured })
          })
        }
      }
    }
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}

async function measureTrips(
  { scale }: Bench,
  { pid, port, headers }: HttpPeer,
  helpers: readonly number[],
): Promise<Measured> {
  const connection = await HttpConnection.open(port)
  const head = requestHead('GET', `/${HYBRID_CONNECTION}/small`, headers)
  try {
    await within(timeTrips(connection, head, WARM_UP_TRIPS), TIMEOUT_MS, 'warming up')
    const { value, relayCpuSeconds, foreignCores } = await quietly(scale.attempts, () =>
      measure(
        pid,
        () => within(timeTrips(connection, head, scale.httpTrips), TIMEOUT_MS, 'the requests'),
        helpers,
      ),
    )
    const metrics = {
      cpuMicrosecondsPerRequest: (relayCpuSeconds * 1e6) / scale.httpTrips,
      p50Microseconds: percentile(value, 50) * 1_000,
      p99Microseconds: percentile(value, 99) * 1_000,
    }
    return { metrics, foreignCores }
  } finally {
    await connection.close()
  }
}

/** Time of each of `count` requests, ms. */
async function timeTrips(
  connection: HttpConnection,
  head: Buffer,
  count: number,
): Promise<number[]> {
  const times: number[] = []
  let start = performance.now()
  await connection.repeat(head, () => {
    const now = performance.now()
    times.push(now - start)
    start = now
    return times.length < count
  })
  return times
}

async function measureMany(
  { scale }: Bench,
  { pid, port, headers }: HttpPeer,
  helpers: readonly number[],
  { isFirst }: Round,
): Promise<Measured> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpConnection.open(port)),
  )
  const head = requestHead('GET', `/${HYBRID_CONNECTION}/small`, headers)
  let answers = 0
  let isStopped = false
  const load = Promise.all(
    connections.map((connection) =>
      connection.repeat(head, () => {
        answers++
        return !isStopped
      }),
    ),
  )
  const countAnswers = async (): Promise<number> => {
    const before = answers
    await Promise.race([delay(scale.windowMs / scale.rounds), load])
    return answers - before
  }
  try {
    const warmUps = isFirst ? scale.httpWarmUps : AGAIN_WARM_UPS
    const warmUp = async (): Promise<void> => {
      while (answers < warmUps) await Promise.race([delay(WARM_UP_STEP_MS), load])
    }
    await within(warmUp(), TIMEOUT_MS, 'warming up')
    const { value, seconds, relayCpuSeconds, generatorCpuSeconds, foreignCores } = await quietly(
      scale.attempts,
      () => measure(pid, countAnswers, helpers),
    )
    isStopped = true
    await within(load, TIMEOUT_MS, 'the last answers')
    const metrics = {
      requestsPerSecond: value / seconds,
      cpuMicrosecondsPerRequest: (relayCpuSeconds * 1e6) / value,
      relayCores: relayCpuSeconds / seconds,
      generatorCores: generatorCpuSeconds / seconds,
    }
    return { metrics, foreignCores }
  } finally {
    await Promise.all(connections.map((connection) => connection.close()))
  }
}

async function measureLarge(
  { scale }: Bench,
  { pid, port, headers }: HttpPeer,
  helpers: readonly number[],
): Promise<Measured> {
  const { bodies, bodyBytes } = scale
  const connection = await HttpConnection.open(port)
  const before = rssBytes(pid)
  let isOver = false
  let arrivedBytes = 0
  const transfer = async (): Promise<void> => {
    const down = requestHead('GET', `/${HYBRID_CONNECTION}/bytes/${bodyBytes}`, headers)
    const length = `Content-Length: ${bodyBytes}`
    const up = requestHead('PUT', `/${HYBRID_CONNECTION}/sink`, [...headers, length])
    for (let i = 0; i < bodies; i++) {
      await connection.ask({ head: down, onBody: ({ length }) => (arrivedBytes += length) })
      let answer = ''
      await connection.ask({
        head: up,
        body: patternChunks(bodyBytes),
        onBody: (piece) => (answer += piece.toString('latin1')),
      })
      arrivedBytes += Number(answer)
    }
  }
  try {
    const work = async (): Promise<number> => {
      const transferred = transfer().finally(() => (isOver = true))
      const [peak] = await Promise.all([peakRss(pid, TIMEOUT_MS, () => isOver), transferred])
      return peak
    }
    const { value, seconds, relayCpuSeconds, generatorCpuSeconds, foreignCores } = await measure(
      pid,
      work,
      helpers,
    )
    if (arrivedBytes !== 2 * bodies * bodyBytes) throw new Error('a body did not arrive whole')
    const metrics = {
      megabytesPerSecond: arrivedBytes / 1e6 / seconds,
      relayCores: relayCpuSeconds / seconds,
      generatorCores: generatorCpuSeconds / seconds,
      growthMebibytes: (value - before) / 1_048_576,
    }
    return { metrics, foreignCores }
  } finally {
    await connection.close()
  }
}
