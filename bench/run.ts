import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isFailure, judge } from './goals.ts'
import { makeCertificate } from './lib/certificate.ts'
import { ChildProcesses } from './lib/child-processes.ts'
import { chooseCores, pinProcess } from './lib/cores.ts'
import { checkIntegrity } from './lib/integrity.ts'
import { PEERS } from './peers/index.ts'
import type { PeerKind, PeerTools, Transport } from './peers/peer.ts'
import { describeMachine, formatMarkdown, type Results } from './report.ts'
import { SCENARIOS } from './scenarios/index.ts'
import type { Bench, Sample, Scale, Scenario } from './scenarios/scenario.ts'

const USAGE = `npm run bench -- [scenario...] [--runs N] [--quick] [--json FILE] [--markdown FILE]

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')} (all of them if none is named).
The report goes to standard output, progress to standard error. Exit code 1 when a goal that
holds on a noisy machine (3, 4, 7, 8, 13) is missed, 2 for wrong usage; a quick run is too small to
miss one.`

const FULL: Scale = {
  warmUpMs: 500,
  windowMs: 1_000,
  rounds: 4,
  connectRounds: 20,
  attempts: 2,
  roundTrips: 5_000,
  connects: 300,
  tunnels: 1_000,
  fullTunnels: 1_000,
  stalledBytes: 2 ** 30,
  httpWarmUps: 12_000,
  httpTrips: 500,
  bodies: 10,
  bodyBytes: 100 * 2 ** 20,
}
const QUICK: Scale = {
  warmUpMs: 200,
  windowMs: 400,
  rounds: 1,
  connectRounds: 1,
  attempts: 2,
  roundTrips: 2_000,
  connects: 100,
  tunnels: 300,
  fullTunnels: 300,
  stalledBytes: 2 ** 28,
  httpWarmUps: 2_000,
  httpTrips: 500,
  bodies: 2,
  bodyBytes: 100 * 2 ** 20,
}
/** A run that hangs ends here, with an error. */
const LONGEST_RUN_MS = 60 * 60_000

type Order = {
  readonly scenarios: readonly Scenario[]
  readonly runs: number
  readonly isQuick: boolean
  readonly json: string | undefined
  readonly markdown: string | undefined
}

/** Reads the command line. Throws TypeError for what it does not know. */
function readOrder(argv: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
    },
  })
  const unknown = positionals.find((name) => !SCENARIOS.some((scenario) => scenario.name === name))
  if (unknown !== undefined) throw new TypeError(`there is no scenario ${unknown}`)
  const runs = Number(values.runs ?? (values.quick ? 1 : 5))
  if (!Number.isInteger(runs) || runs < 1)
    throw new TypeError('--runs takes a whole number above 0')
  return {
    scenarios: SCENARIOS.filter(
      ({ name }) => positionals.length === 0 || positionals.includes(name),
    ),
    runs,
    isQuick: values.quick,
    json: values.json,
    markdown: values.markdown,
  }
}

async function run(order: Order, tools: PeerTools, isPinned: boolean): Promise<Results> {
  const samples: Sample[] = []
  const failures: string[] = []
  const attempt = async (label: string, work: () => Promise<void>): Promise<void> => {
    process.stderr.write(`${(performance.now() / 1_000).toFixed(1).padStart(6)} s  ${label}\n`)
    try {
      await work()
    } catch (error) {
      const [what] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
      const failure = `${label}: ${what}`
      failures.push(failure)
      process.stderr.write(`  failed: ${failure}\n`)
    }
  }
  const wanted = PEERS.filter((kind) => order.scenarios.some((scenario) => isFor(scenario, kind)))
  const missing = wanted.flatMap((kind) => kind.missing() ?? [])
  const installed = wanted.filter((kind) => kind.missing() === undefined)
  const checked = {
    ws: await checkPeers(installed, 'ws', tools, attempt),
    wss: await checkPeers(installed, 'wss', tools, attempt),
  }
  for (const scenario of order.scenarios) {
    const bench: Bench = {
      runs: order.runs,
      scale: order.isQuick ? QUICK : FULL,
      tools,
      peers: (transport) => checked[transport].filter((kind) => isFor(scenario, kind)),
      record: (sample) => samples.push(sample),
      attempt,
    }
    await scenario.run(bench)
  }
  return {
    machine: describeMachine(isPinned),
    runs: order.runs,
    isQuick: order.isQuick,
    samples,
    outcomes: judge(
      samples,
      order.scenarios.map(({ name }) => name),
    ),
    missing,
    failures,
  }
}

function isFor({ name, isOwn = false }: Scenario, { scenarios }: PeerKind): boolean {
  return !isOwn && (scenarios === undefined || scenarios.includes(name))
}

/** Those that let a 64 MiB stream through unchanged; only they are measured. */
async function checkPeers(
  kinds: readonly PeerKind[],
  transport: Transport,
  tools: PeerTools,
  attempt: Bench['attempt'],
): Promise<readonly PeerKind[]> {
  const passed: PeerKind[] = []
  for (const kind of kinds.filter(({ transports }) => transports.includes(transport))) {
    await attempt(`check of ${kind.name} over ${transport}`, async () => {
      const peer = await kind.start(transport, tools)
      try {
        await checkIntegrity(peer)
        passed.push(kind)
      } finally {
        await peer.close()
      }
    })
  }
  return passed
}

async function main(): Promise<void> {
  const order = readOrder(process.argv.slice(2))
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc, so it needs Linux')
  const cores = chooseCores()
  if (cores) pinProcess(process.pid, cores.generator)
  const children = new ChildProcesses(cores)
  const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'))
  process.once('exit', () => {
    children.killAll()
    rmSync(folder, { recursive: true, force: true })
  })
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  setTimeout(() => {
    process.stderr.write('bench: the run takes too long and is given up\n')
    process.exit(1)
  }, LONGEST_RUN_MS).unref()

  const tools: PeerTools = { children, certificate: await makeCertificate(), folder }
  const results = await run(order, tools, cores !== undefined)
  const report = formatMarkdown(results, order.scenarios)
  process.stdout.write(report)
  if (order.markdown !== undefined) await writeFile(order.markdown, report)
  if (order.json !== undefined) await writeFile(order.json, `${JSON.stringify(results, null, 2)}\n`)
  process.exitCode = results.outcomes.some((outcome) => isFailure(outcome, order.isQuick)) ? 1 : 0
}

try {
  await main()
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof TypeError) process.stderr.write(`\n${USAGE}\n`)
  process.exitCode = error instanceof TypeError ? 2 : 1
}
