import type { RelaySuite } from './needs.ts'
import { ADDRESSES } from './suites/addresses.ts'
import { HTTP_LIFE } from './suites/http-life.ts'
import { HTTP_REQUEST } from './suites/http-request.ts'
import { HTTP_RESPONSE } from './suites/http-response.ts'
import { LIMITS } from './suites/limits.ts'
import { LISTENER } from './suites/listener.ts'
import { RELAYING } from './suites/relaying.ts'
import { RUNTIME } from './suites/runtime.ts'
import { SAS } from './suites/sas.ts'
import { SELECTION } from './suites/selection.ts'
import { SENDER } from './suites/sender.ts'

/** Every case for a relay. */
export const RELAY_SUITES: readonly RelaySuite[] = [
  ADDRESSES,
  SAS,
  LISTENER,
  SENDER,
  RELAYING,
  HTTP_REQUEST,
  HTTP_RESPONSE,
  HTTP_LIFE,
  SELECTION,
  RUNTIME,
  LIMITS,
]
