import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { listen, type TestListener } from '../harness/listener.ts'
import { openUpgrade, type RawPeer } from '../harness/raw-peer.ts'
import type { TestRelay } from '../harness/relay.ts'
import { PATIENCE_MS } from './fixture.ts'

/** Metadata that names an endpoint. */
export function endpointMetadata(place: string): string {
  return JSON.stringify([{ key: 'endpoint', value: place }])
}

/** The two rules that App Service makes. */
export const DEFAULT_RULES = [
  { name: 'defaultListener', rights: ['Listen'] },
  { name: 'defaultSender', rights: ['Send'] },
]

/** A control channel that calls itself as the agent called `name` does. */
export function listenAs(
  t: Test,
  relay: TestRelay,
  path: string,
  name: string,
): Promise<TestListener> {
  const headers = { 'Relay-User-Agent': `relay-emulator-hcm/1.0.0 (${name})` }
  return listen(t, relay, path, { headers })
}

/** A sender that calls itself as the app called `name` does, before its answer. */
export function connectAs(
  t: Test,
  relay: TestRelay,
  path: string,
  name: string,
  token = relay.token({ path }),
): Promise<RawPeer> {
  const target = `/$hc/${path}?sb-hc-action=connect&sb-hc-token=${encodeURIComponent(token)}`
  const headers = { 'Relay-User-Agent': `relay-emulator-app/1.0.0 (${name})` }
  return openUpgrade(t, relay, target, { headers })
}

/** Both sides of a tunnel, behind their 101. */
export async function tunnel(
  t: Test,
  relay: TestRelay,
  listener: TestListener,
  { path, from }: { readonly path: string; readonly from: string },
): Promise<{ readonly sender: RawPeer; readonly rendezvous: RawPeer }> {
  const sender = await connectAs(t, relay, path, from)
  const rendezvous = await listener.join()
  await Promise.all([sender.head(), rendezvous.head()])
  return { sender, rendezvous }
}

/** The listener cuts its side; the sender leaves when the relay ends its side. */
export async function endByListener(pair: {
  readonly sender: RawPeer
  readonly rendezvous: RawPeer
}): Promise<void> {
  pair.rendezvous.socket.destroy()
  await Promise.race([pair.sender.ended, pair.sender.closed])
  pair.sender.socket.destroy()
}

/** A call of the API as the command line makes it; answers its JSON, or throws what was refused. */
export async function callApi(
  relay: TestRelay,
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${relay.adminUrl}/api/v1${path}`, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** Waits until the text of the tile with this question matches. */
export async function waitForTile(page: Page, question: string, text: RegExp): Promise<void> {
  const tile = page.locator('.tile', { hasText: question })
  await tile.filter({ hasText: text }).waitFor({ timeout: PATIENCE_MS })
}
