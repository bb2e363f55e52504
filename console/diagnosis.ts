/** Why an app does not reach its endpoint: rules over facts, hop by hop. Pure; whoever gathers the facts does the I/O. */

import { stampOfGateway } from '../protocol/gateway-names.ts'
import type { Attempt, DiagnosisFacts, HostPort, ListenerFault } from './diagnosis-facts.ts'

/** The way of an app's byte, in its order. Source: product 3, `explain`. */
export const HOPS = [
  'app look-up',
  'send key',
  'relay',
  'listener',
  'rendezvous address',
  'endpoint name',
  'endpoint port',
] as const
export type Hop = (typeof HOPS)[number]

/** Names of the rules; those of the dashboard's findings where the condition is the same (dashboard 1). */
export type DiagnosisRule =
  | 'endpoint-name'
  | 'app-host'
  | 'metadata'
  | 'sender-refused'
  | 'relay-unreachable'
  | 'entity-gone'
  | 'no-listener'
  | 'listener-refused'
  | 'listener-unresponsive'
  | 'accept-timeout'
  | 'rejected'
  | 'endpoint-unreachable'

/** What is known of one hop. `rule` and `next` are there where it is broken. */
export type HopVerdict = {
  readonly hop: Hop
  readonly state: 'ok' | 'broken' | 'unknown'
  readonly rule: DiagnosisRule | null
  readonly why: string
  /** What to do, the first thing first: commands as they stand, or sentences. */
  readonly next: readonly string[]
}

export type Diagnosis = {
  readonly hops: readonly HopVerdict[]
  /** The first broken hop; null when nothing is seen to fail. */
  readonly broken: HopVerdict | null
}

/** Judges every hop. Behind the first broken one nothing can be known but what was seen all the same. */
export function diagnose(facts: DiagnosisFacts): Diagnosis {
  const hops = HOPS.map((hop) => ({ hop, ...JUDGES[hop](facts) }))
  return { hops, broken: hops.find(({ state }) => state === 'broken') ?? null }
}

type Verdict = Omit<HopVerdict, 'hop'>

const JUDGES: Readonly<Record<Hop, (facts: DiagnosisFacts) => Verdict>> = {
  'app look-up': judgeLookUp,
  'send key': judgeSendKey,
  relay: judgeRelay,
  listener: judgeListener,
  'rendezvous address': judgeRendezvous,
  'endpoint name': judgeEndpointName,
  'endpoint port': judgeEndpointPort,
}

function judgeLookUp({ entity, appHost, name }: DiagnosisFacts): Verdict {
  if (entity?.exists === false) return unknown('there is no such hybrid connection')
  if (!entity) return unknown('the endpoint could not be asked for')
  const { endpoint } = entity
  if (!endpoint) {
    return broken(
      'metadata',
      `${name} names no endpoint in its userMetadata, so nothing is led to it`,
      ['set userMetadata to [{"key":"endpoint","value":"HOST:PORT"}]'],
    )
  }
  const place = formatPlace(endpoint)
  const kind = literalKind(endpoint.host)
  if (kind !== null) {
    return broken(
      'endpoint-name',
      `the endpoint ${place} is ${kind}: no name is looked up, so nothing is led away`,
      ['give the endpoint a DNS name that the agent resolves, and use that name in the app'],
    )
  }
  if (!appHost) return ok(`${place} is a name that can be led away`)
  if (appHost.host.toLowerCase() !== endpoint.host.toLowerCase()) {
    const told = literalKind(appHost.host)
    const detail = told === null ? 'another name, even of the same machine' : told
    return broken(
      'app-host',
      `the app uses ${formatPlace(appHost)}, ${detail}; only ${place} is led away`,
      [`write ${place} in the app, letter for letter`],
    )
  }
  if (appHost.port !== endpoint.port) {
    return broken(
      'app-host',
      `the app uses port ${appHost.port}; of this host only port ${endpoint.port} is led away`,
      [`a second hybrid connection with the endpoint ${formatPlace(appHost)}`],
    )
  }
  return ok(`the app's ${place} is the endpoint`)
}

/** Refusals of the relay that are about the sender's credentials. */
const KEY_FAULT = /^RELAY_(?:TOKEN_(?!UNAVAILABLE)|CLAIM_MISSING|IP_REFUSED)/

function judgeSendKey({ attempt, entity }: DiagnosisFacts): Verdict {
  // The key went with the hybrid connection, so its refusal tells nothing.
  if (entity?.exists === false) return unknown('there is no such hybrid connection')
  if (!attempt) return unknown('nothing was sent')
  if (attempt.outcome === 'open') return ok('the relay took it')
  if (KEY_FAULT.test(attempt.code)) {
    return broken('sender-refused', `the relay refused the sender: ${attempt.message}`, [
      'relay-emulator connection-string, for the key that is valid now',
      'relay-emulator token inspect TOKEN',
    ])
  }
  return isBeforeRelay(attempt.code) ? unknown('no relay was reached') : ok('the relay took it')
}

const UNREACHED = /^RELAY_(?:UNREACHABLE|TLS_UNTRUSTED|PROTOCOL|TOKEN_UNAVAILABLE|OPTIONS_INVALID)$/

/** A time-out or a broken connection tells nothing of what came before it. */
function isBeforeRelay(code: string): boolean {
  return UNREACHED.test(code) || code === 'RELAY_TIMEOUT' || code === 'RELAY_CONNECTION_LOST'
}

function judgeRelay({ attempt, entity, name }: DiagnosisFacts): Verdict {
  if (attempt?.outcome === 'failed' && isBeforeRelay(attempt.code)) {
    const isTrust = attempt.code === 'RELAY_TLS_UNTRUSTED'
    return broken('relay-unreachable', attempt.message, [
      isTrust
        ? 'relay-emulator cert trust'
        : 'relay-emulator status; host and port of the connection string; outbound TCP to them',
    ])
  }
  const isGone = attempt?.outcome === 'failed' && attempt.code === 'RELAY_ENTITY_UNKNOWN'
  if (entity?.exists === false || isGone) {
    return broken('entity-gone', `there is no hybrid connection ${name}`, [
      'relay-emulator connection-string, for those that exist',
      'create it again; its agents then need the new connection string',
    ])
  }
  if (!attempt && !entity) return unknown('nothing was sent')
  return ok(`it answers and knows ${name}`)
}

function judgeListener({ listeners, attempt, name }: DiagnosisFacts): Verdict {
  const isMissed = attempt?.outcome === 'failed' && attempt.code === 'RELAY_NO_LISTENERS'
  if (attempt?.outcome === 'failed' && attempt.code === 'RELAY_LISTENERS_FILTERED') {
    return broken('no-listener', attempt.message, [
      'the sender asks for other listeners than these',
    ])
  }
  if (listeners && listeners.live > 0 && !isMissed) {
    return ok(`${listeners.live} connected`)
  }
  if (attempt?.outcome === 'open') return ok('one took the connection')
  if (!listeners) {
    return isMissed
      ? broken('no-listener', `no listener is connected for ${name}`, START_AGENT)
      : unknown('nobody was asked')
  }
  const { lastRefusal, lastEnd } = listeners
  if (lastRefusal) return refusedListener(lastRefusal)
  if (lastEnd?.code === 'RELAY_TOKEN_EXPIRED') return refusedListener(lastEnd)
  if (lastEnd?.code === 'listenerUnresponsive') {
    return broken('listener-unresponsive', `the last listener stopped answering at ${lastEnd.at}`, [
      'restart the agent',
    ])
  }
  if (lastEnd) {
    return broken(
      'no-listener',
      `no listener is connected; the last one left at ${lastEnd.at}: ${lastEnd.message}`,
      START_AGENT,
    )
  }
  return broken(
    'no-listener',
    `no listener is connected, and none has tried: no agent serves ${name}, or it does not reach the relay's host and port`,
    [
      'hcm list, on the machine of the agent',
      'hcm test NAMESPACE, there',
      'hcm add CONNECTION-STRING, there',
    ],
  )
}

const START_AGENT = ['start the agent: hcm run', 'hcm list, on its machine']

function refusedListener({ at, code, message }: ListenerFault): Verdict {
  const next = ['hcm remove and hcm add with the connection string that is valid now']
  if (code === 'RELAY_TOKEN_EXPIRED') {
    next.unshift('check the clock of the machine of the agent')
  }
  return broken('listener-refused', `the relay refused a listener at ${at}: ${message}`, next)
}

function judgeRendezvous({ attempt, gateway }: DiagnosisFacts): Verdict {
  if (!attempt) return unknown('nothing was sent')
  if (attempt.outcome === 'open') return ok('a listener dialled it')
  if (attempt.code === 'RELAY_ACCEPT_TIMEOUT') {
    const stamp = gateway ? stampOfGateway(gateway) : undefined
    if (stamp !== undefined) {
      return broken(
        'accept-timeout',
        `a listener got the offer and did not dial ${gateway}; its control channel needs the namespace's name alone`,
        [
          `relay-emulator gateways list --stamp ${stamp}`,
          'outbound TCP of the agent to all of these names, or to *.servicebus.windows.net',
          'the log of the agent: hcm logs',
        ],
      )
    }
    return broken(
      'accept-timeout',
      'a listener got the offer and did not dial the rendezvous address in time',
      [
        'outbound TCP of the agent to every name that relay gateways have',
        'the log of the agent: hcm logs',
      ],
    )
  }
  if (attempt.code === 'RELAY_REJECTED') return ok('a listener answered by it')
  return unknown('no listener was offered anything')
}

function judgeEndpointName(facts: DiagnosisFacts): Verdict {
  const reason = endReason(facts.attempt)
  if (reason === null) return notSeen(facts.attempt)
  if (endpointFault(reason) === 'name') {
    return broken(
      'endpoint-unreachable',
      `the agent does not resolve ${placeOf(facts)}: ${reason}`,
      [`hcm test ${placeOf(facts)}, on the machine of the agent`],
    )
  }
  return endpointFault(reason) === 'port'
    ? ok('the agent resolves it')
    : unknown('the listener does not say')
}

function judgeEndpointPort(facts: DiagnosisFacts): Verdict {
  const reason = endReason(facts.attempt)
  if (reason === null) return notSeen(facts.attempt)
  if (endpointFault(reason) === 'name') return unknown('the name was not resolved')
  const next = [
    `hcm test ${placeOf(facts)}, on the machine of the agent`,
    'whether the service listens there, and its firewall',
  ]
  if (endpointFault(reason) === 'port') {
    return broken(
      'endpoint-unreachable',
      `the agent does not reach ${placeOf(facts)}: ${reason}`,
      next,
    )
  }
  return facts.attempt?.outcome === 'failed'
    ? broken('rejected', `the listener rejected the connection: ${reason}`, [
        'hcm logs, on its machine',
      ])
    : broken(
        'endpoint-unreachable',
        `the listener ended the tunnel at once; it probably cannot reach ${placeOf(facts)}${reason === '' ? '' : `: ${reason}`}`,
        next,
      )
}

/** What the listener said when it would not lead the tunnel on; null when it did, or nothing is known. */
function endReason(attempt: Attempt | null): string | null {
  if (attempt?.outcome === 'failed')
    return attempt.code === 'RELAY_REJECTED' ? attempt.message : null
  return attempt?.ended && attempt.bytes === 0 ? attempt.ended.reason : null
}

function notSeen(attempt: Attempt | null): Verdict {
  if (attempt?.outcome !== 'open') return unknown('nothing got that far')
  return attempt.bytes > 0
    ? ok('it sent something')
    : ok('the tunnel stayed open, though nothing came through it yet')
}

/** Which of the endpoint's two hops a listener's text speaks of; it carries the words of its system. */
export function endpointFault(reason: string): 'name' | 'port' | null {
  if (/ENOTFOUND|EAI_|HCM_NAME_RESERVED|\bresolve|no such host|name or service/i.test(reason))
    return 'name'
  return /ECONN|ETIMEDOUT|EHOST|ENET|refused the|connection refused|timed out|unreachable/i.test(
    reason,
  )
    ? 'port'
    : null
}

/** What a host is when it is no name that can be led away. */
function literalKind(host: string): string | null {
  if (/^\d+(?:\.\d+){3}$/.test(host) || host.includes(':')) return 'an IP address'
  return /^(?:.+\.)?localhost$/i.test(host) ? "the machine's own name localhost" : null
}

function placeOf({ entity }: DiagnosisFacts): string {
  return entity?.endpoint ? formatPlace(entity.endpoint) : 'the endpoint'
}

function formatPlace({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function ok(why: string): Verdict {
  return { state: 'ok', rule: null, why, next: [] }
}

function unknown(why: string): Verdict {
  return { state: 'unknown', rule: null, why, next: [] }
}

function broken(rule: DiagnosisRule, why: string, next: readonly string[]): Verdict {
  return { state: 'broken', rule, why, next }
}
