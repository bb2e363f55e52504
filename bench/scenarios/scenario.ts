import type { Peer, PeerKind, PeerTools, Transport } from '../peers/peer.ts'
import { PRODUCT } from '../peers/product.ts'

/** One measurement: a peer in one case of a scenario, in one repetition. */
export type Sample = {
  readonly scenario: string
  /** E.g. `ws 64 KiB`. */
  readonly case: string
  readonly peer: string
  /** Counts from 0 over all rounds of all repetitions. Ratios are taken inside one round. */
  readonly run: number
  /** By {@link Metric} key. */
  readonly metrics: Readonly<Record<string, number>>
  /** Work of other programs beside it, cores. */
  readonly foreignCores: number
}

/** A column of a scenario's table. */
export type Metric = { readonly key: string; readonly label: string; readonly digits: number }

/** How much of everything; `--quick` takes less. */
export type Scale = {
  readonly warmUpMs: number
  readonly windowMs: number
  /** Times that the peers are taken in turn inside a repetition, where a piece of a measurement is enough. */
  readonly rounds: number
  /** The same for tunnels over ws that are opened and closed: a piece is over soon, and a host may change its speed within seconds. */
  readonly connectRounds: number
  /** Windows per sample, until one is quiet. */
  readonly attempts: number
  readonly roundTrips: number
  /** In one round. */
  readonly connects: number
  readonly tunnels: number
  /** The same through agent and forwarder, which hold a socket and a WebSocket for each. */
  readonly fullTunnels: number
  readonly stalledBytes: number
  /** Requests before any counts: a new process runs several times slower. */
  readonly httpWarmUps: number
  /** In one round. */
  readonly httpTrips: number
  /** Bodies each way, and the size of one. */
  readonly bodies: number
  readonly bodyBytes: number
}

/** What a scenario works with. */
export type Bench = {
  readonly runs: number
  readonly scale: Scale
  readonly tools: PeerTools
  /** The peers of this scenario that passed the check over this transport. */
  peers(transport: Transport): readonly PeerKind[]
  record(sample: Sample): void
  /** Runs one measurement; a failure is reported and the rest goes on. */
  attempt(label: string, work: () => Promise<void>): Promise<void>
}

/** One question to every peer. A new one is a file and a line in `index.ts`. */
export type Scenario = {
  readonly name: string
  /** Said above its table. */
  readonly question: string
  readonly metrics: readonly Metric[]
  /** True where it has peers of its own: what it measures is no relay for WebSockets. */
  readonly isOwn?: boolean
  run(bench: Bench): Promise<void>
}

/**
 * One turn of all peers, a few seconds: a spell in which the machine is slow meets them all. The processes stay for the
 * rounds of a repetition.
 */
export type Round = {
  /** For the samples: counts over all repetitions. */
  readonly run: number
  /** Counts from 0; the first one finds new processes. */
  readonly repetition: number
  readonly isFirst: boolean
}

/** The rounds of one repetition. */
export function roundsOf(rounds: number, repetition: number): readonly Round[] {
  return Array.from({ length: rounds }, (_, round) => ({
    run: repetition * rounds + round,
    repetition,
    isFirst: round === 0,
  }))
}

/** The peers whose one process holds any number of tunnels. */
export function manyTunnelPeers(bench: Bench, transport: Transport): readonly PeerKind[] {
  return bench.peers(transport).filter((kind) => !kind.isRunPerTunnel)
}

/**
 * In each repetition starts the peers, takes them in turn through each case, and stops them. New
 * processes each time, because one and the same program can run well or badly for its whole life; the
 * turn rotates, so that none always follows the same other one. `rounds` says how often each case is
 * taken, once for all if it is left out.
 */
export async function interleave<Case extends { readonly label: string }>(
  bench: Bench,
  transport: Transport,
  cases: readonly Case[],
  measurePeer: (peer: Peer, measured: Case, round: Round) => Promise<void>,
  kinds = bench.peers(transport),
  rounds = (repetition: number): readonly Round[] => [
    { run: repetition, repetition, isFirst: true },
  ],
): Promise<void> {
  for (let repetition = 0; repetition < bench.runs; repetition++) {
    const peers: Peer[] = []
    try {
      for (const kind of kinds) {
        await bench.attempt(
          `start of ${kind.name}, ${transport}, repetition ${repetition + 1}`,
          async () => {
            peers.push(await kind.start(transport, bench.tools))
          },
        )
      }
      for (const measured of cases) {
        for (const round of rounds(repetition)) {
          for (const peer of inTurn(peers, round)) {
            await bench.attempt(`${measured.label}, ${peer.name}, run ${round.run + 1}`, () =>
              measurePeer(peer, measured, round),
            )
          }
        }
      }
    } finally {
      await Promise.all(peers.map((peer) => peer.close()))
    }
  }
}

/** The peers in the order of a round. */
export function inTurn<Any>(peers: readonly Any[], { run }: Round): readonly Any[] {
  return peers.map((_, turn) => peers[(run + turn) % peers.length]!)
}

/**
 * As {@link interleave}, with a new process for every measurement: for memory. The goals there are figures of the
 * product alone, so the other peers are measured in the first repetition only.
 */
export async function interleaveFresh<Case extends { readonly label: string }>(
  bench: Bench,
  transport: Transport,
  cases: readonly Case[],
  measurePeer: (peer: Peer, measured: Case, run: number) => Promise<void>,
): Promise<void> {
  for (let run = 0; run < bench.runs; run++) {
    for (const measured of cases) {
      for (const kind of manyTunnelPeers(bench, transport)) {
        if (run > 0 && kind !== PRODUCT) continue
        await bench.attempt(`${measured.label}, ${kind.name}, run ${run + 1}`, async () => {
          const peer = await kind.start(transport, bench.tools)
          try {
            await measurePeer(peer, measured, run)
          } finally {
            await peer.close()
          }
        })
      }
    }
  }
}
