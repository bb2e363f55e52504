import type { ConnectionRow, ListenerRow } from '../../server/dashboard/contract.ts'
import type { RelayEvent, RelayEventType } from '../../server/events.ts'
import type { TestRelay } from './relay.ts'

/** The next fact of this type behind number `after`, or the one that happened already. */
export function factOf(relay: TestRelay, type: RelayEventType, after = 0): Promise<RelayEvent> {
  const { feed: events } = relay.server
  const happened = events.since(after).find((event) => event.type === type)
  if (happened) return Promise.resolve(happened)
  return new Promise((resolve) => {
    const stop = events.subscribe((event) => {
      if (event.type !== type) return
      stop()
      resolve(event)
    })
  })
}

/** Resolves once `count` facts of this type have happened. */
export async function factsOf(
  relay: TestRelay,
  type: RelayEventType,
  count: number,
): Promise<readonly RelayEvent[]> {
  const found: RelayEvent[] = []
  let after = 0
  while (found.length < count) {
    const event = await factOf(relay, type, after)
    after = event.n
    found.push(event)
  }
  return found
}

/** All connections, the newest first, as the admin port shows them. */
export function connectionsOf(relay: TestRelay): Promise<ConnectionRow[]> {
  return list(relay, 'connections')
}

/** All listeners, as the admin port shows them. */
export function listenersOf(relay: TestRelay): Promise<ListenerRow[]> {
  return list(relay, 'listeners')
}

/** Calls the emulator's API with JSON; throws on a refusal. */
export async function callAdmin(
  relay: TestRelay,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${relay.adminUrl}/api/v1/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

async function list<Row>(relay: TestRelay, path: string): Promise<Row[]> {
  return ((await callAdmin(relay, 'GET', path)) as { items: Row[] }).items
}
