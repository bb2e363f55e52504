import { lintUserMetadata } from '../../protocol/metadata-lint.ts'
import type { RelayEvent } from '../events.ts'
import type { ConnectionRow } from './contract.ts'
import type { FindingRule, Scope, Symptom } from './diagnosis.ts'
import { isImbalanced } from './imbalance.ts'

/** What one rule finds in the facts of one hybrid connection. */
export type Rule = (scope: Scope) => Symptom | readonly Symptom[] | undefined

const noListener: Rule = (scope) => {
  if (scope.live.length > 0) return undefined
  const missed = last(scope, isNobodyThere)
  const [attached] = scope.attachments
  if (!missed && !attached) return undefined
  const asked = missed ? 'a sender was refused' : `${attached?.app} has it attached`
  return error(scope, 'no-listener', 'listener', {
    why: `nobody listens on ${scope.entity.name}: ${asked}`,
    next: ['hcm add CONNECTION-STRING', 'hcm run'],
    evidence: missed ? [String(missed.n)] : [],
    lastMs: attached ? scope.nowMs : timeOf(missed),
  })
}

const listenerRefused: Rule = (scope) => {
  const refused = last(scope, ({ type }) => type === 'listenerRefused')
  if (!refused || isFollowed(scope, refused, ['listenerConnected'])) return undefined
  return error(scope, 'listener-refused', 'listener -> relay', {
    why: `a listener was refused: ${refused.message}`,
    next: ['relay-emulator token inspect TOKEN'],
    evidence: [String(refused.n)],
    lastMs: timeOf(refused),
  })
}

const listenerUnresponsive: Rule = (scope) => {
  const silent = last(
    scope,
    ({ type, code }) =>
      type === 'listenerUnresponsive' ||
      (type === 'listenerDisconnected' && code === 'RELAY_TOKEN_EXPIRED'),
  )
  if (!silent || isFollowed(scope, silent, ['listenerConnected', 'tokenRenewed'])) return undefined
  return error(scope, 'listener-unresponsive', 'listener -> relay', {
    why: `a listener stopped answering or renewing at ${silent.at}: ${silent.message}`,
    next: ['restart the agent', 'hcm logs'],
    evidence: [String(silent.n)],
    lastMs: timeOf(silent),
  })
}

const senderRefused: Rule = (scope) => {
  const refused = last(
    scope,
    ({ type, code }) => type === 'ipBlocked' || (type === 'senderRefused' && isKeyFault(code)),
  )
  if (!refused || isFollowed(scope, refused, TAKEN)) return undefined
  const isAddress = refused.type === 'ipBlocked'
  return error(scope, 'sender-refused', 'app -> relay', {
    why: isAddress
      ? `a rule of the namespace's network turned a sender away: ${refused.message}`
      : `a sender was refused: ${refused.message}`,
    next: isAddress
      ? ['Networking of the namespace']
      : ['relay-emulator token inspect TOKEN', 'relay-emulator connection-string'],
    evidence: [String(refused.n)],
    lastMs: timeOf(refused),
  })
}

const acceptTimeout: Rule = (scope) => {
  const missed = last(
    scope,
    ({ type, code }) =>
      type === 'acceptTimedOut' || (type === 'requestFailed' && code === 'RELAY_RESPONSE_TIMEOUT'),
  )
  if (!missed || isFollowed(scope, missed, ['accepted', 'responseReceived'])) return undefined
  if (missed.type === 'requestFailed' && !hasAnswered(scope)) return undefined
  return error(scope, 'accept-timeout', 'relay -> listener', {
    why: 'the listener got the message and did not dial the rendezvous, or did not answer, in time',
    next: ['its firewall: outbound TCP to the names of the relay', 'hcm logs'],
    evidence: [String(missed.n)],
    lastMs: timeOf(missed),
  })
}

const rejected: Rule = (scope) => {
  const one = last(scope, ({ type }) => type === 'rejected')
  if (!one || isFollowed(scope, one, ['connectionOpened'])) return undefined
  return {
    ...error(scope, 'rejected', 'listener', {
      why: `a listener rejected a sender: ${one.message}`,
      next: ['hcm logs'],
      evidence: [String(one.n)],
      lastMs: timeOf(one),
    }),
    severity: 'warning',
  }
}

/** Tunnels of one listener that the rule looks at, and how many of them must have come to nothing. */
const TUNNELS = { looked: 5, fruitless: 3, withinMs: 1_000 } as const

const endpointUnreachable: Rule = (scope) =>
  scope.listeners.flatMap((listener) => {
    const tunnels = scope.connections
      .filter((row) => row.phase === 'closed' && row.listener?.id === listener.id)
      .slice(0, TUNNELS.looked)
    const fruitless = tunnels.filter(isFruitless)
    const [latest] = tunnels
    if (!latest || fruitless.length < TUNNELS.fruitless || !isFruitless(latest)) return []
    const told = fruitless.find(({ reason }) => reason)?.reason
    return error(scope, 'endpoint-unreachable', `${listener.label} -> ${scope.place}`, {
      why: told
        ? `${listener.label} does not reach ${scope.place}: ${told}`
        : `${listener.label} probably does not reach ${scope.place}: it ended ${fruitless.length} of the last ${tunnels.length} tunnels at once`,
      next: [`hcm test ${scope.place}, on its machine`],
      evidence: fruitless.map(({ id }) => id),
      lastMs: Date.parse(latest.startedAt) + (latest.endedMs ?? 0),
    })
  })

function isFruitless(row: ConnectionRow): boolean {
  const openedMs = row.openMs ?? Number.POSITIVE_INFINITY
  return (
    row.closedBy === 'listener' &&
    row.bytesToSender === 0 &&
    (row.closingMs ?? row.endedMs ?? Number.POSITIVE_INFINITY) - openedMs <= TUNNELS.withinMs
  )
}

const httpUnanswered: Rule = (scope) => {
  const missed = last(
    scope,
    ({ type, code }) => type === 'requestFailed' && code === 'RELAY_RESPONSE_TIMEOUT',
  )
  if (!missed || hasAnswered(scope)) return undefined
  return error(scope, 'http-unanswered', 'listener', {
    why: 'a request was not answered, and this listener never answered one: it serves TCP only, as an agent does',
    next: ['connect by WebSocket', 'relay-emulator app forward --connect CONNECTION-STRING'],
    evidence: [String(missed.n)],
    lastMs: timeOf(missed),
  })
}

const metadata: Rule = (scope) => {
  const [attached] = scope.attachments
  if (!attached) return undefined
  const fault = lintUserMetadata(scope.entity.userMetadata ?? '').find(
    ({ level }) => level === 'error',
  )
  if (!fault && scope.entity.requiresClientAuthorization) return undefined
  const why = fault ? fault.message : 'client authorization is off'
  return error(scope, 'metadata', scope.entity.name, {
    why: `App Service cannot use what ${attached.app} has attached: ${why}`,
    next: ['Properties of the hybrid connection'],
    lastMs: scope.nowMs,
  })
}

const endpointName: Rule = (scope) => {
  const fault = lintUserMetadata(scope.entity.userMetadata ?? '').find(
    ({ code }) => code === 'ip' || code === 'localhost',
  )
  if (!fault) return undefined
  return {
    ...error(scope, 'endpoint-name', scope.place, {
      why: `${fault.message}; no name is looked up, so nothing is led away`,
      next: ['use a DNS name for the endpoint'],
      lastMs: scope.nowMs,
    }),
    severity: 'warning',
  }
}

const appKey: Rule = (scope) => {
  const one = scope.attachments.find(({ key }) => key !== 'valid')
  if (!one) return undefined
  return error(scope, 'app-key', 'app -> relay', {
    why: `${one.app} holds ${one.key === 'missing' ? 'no send key' : 'a send key that no longer signs'}`,
    next: ['Update key, in the menu of its hybrid connection'],
    lastMs: scope.nowMs,
  })
}

const imbalance: Rule = (scope) => {
  if (!isImbalanced(scope.live)) return undefined
  return {
    ...error(scope, 'imbalance', 'relay', {
      why: 'listeners get other shares of the connections than chance gives',
      next: ['seed and profile of the emulator', 'selection headers of the senders'],
      evidence: scope.live.map(({ id }) => id),
      lastMs: scope.nowMs,
    }),
    severity: 'warning',
  }
}

/** Source: dashboard 1, the table of findings; errors before warnings. */
export const RULES: readonly Rule[] = [
  noListener,
  listenerRefused,
  listenerUnresponsive,
  senderRefused,
  acceptTimeout,
  endpointUnreachable,
  httpUnanswered,
  metadata,
  appKey,
  rejected,
  endpointName,
  imbalance,
]

/** Facts that show a sender's token to be good. */
const TAKEN: readonly RelayEvent['type'][] = ['acceptSent', 'connectionOpened', 'requestReceived']

function isKeyFault(code: string | null): boolean {
  return code !== null && /^RELAY_(TOKEN_|CLAIM_MISSING)/.test(code)
}

function isNobodyThere({ type, code }: RelayEvent): boolean {
  return (type === 'senderRefused' || type === 'requestFailed') && code === 'RELAY_NO_LISTENERS'
}

function hasAnswered({ events }: Scope): boolean {
  return events.some(({ type }) => type === 'responseReceived')
}

function last({ events }: Scope, isMeant: (event: RelayEvent) => boolean): RelayEvent | undefined {
  return events.findLast(isMeant)
}

function isFollowed(
  { events }: Scope,
  { n }: RelayEvent,
  types: readonly RelayEvent['type'][],
): boolean {
  return events.some((event) => event.n > n && types.includes(event.type))
}

function timeOf(event: RelayEvent | undefined): number {
  return event ? Date.parse(event.at) : Number.NEGATIVE_INFINITY
}

function error(
  { entity }: Scope,
  rule: FindingRule,
  hop: string,
  rest: Pick<Symptom, 'why' | 'next' | 'lastMs'> & { readonly evidence?: readonly string[] },
): Symptom {
  const { namespace, name } = entity
  return {
    rule,
    severity: 'error',
    hop,
    namespace,
    hybridConnection: name,
    evidence: [],
    ...rest,
  }
}
