import { CONNECT } from './connect.ts'
import { HTTP } from './http.ts'
import { IDLE } from './idle.ts'
import { LATENCY } from './latency.ts'
import type { Scenario } from './scenario.ts'
import { SLOW } from './slow.ts'
import { THROUGHPUT } from './throughput.ts'
import { TUNNEL } from './tunnel.ts'
import { UI } from './ui.ts'

/** In the order of a run. */
export const SCENARIOS: readonly Scenario[] = [
  THROUGHPUT,
  LATENCY,
  CONNECT,
  IDLE,
  SLOW,
  HTTP,
  TUNNEL,
  UI,
]
