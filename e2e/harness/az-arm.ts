import type { Test } from 'tap'
import { type Az, signedIn } from './az.ts'
import { type TestRelay, startRelay } from './relay.ts'

/** How commands end that Debian's package breaks before they send anything (management-plane 7). */
const BROKEN = /^(ImportError|AttributeError|ValueError): /m

/** An answer of the management plane, read without a schema. */
export type Answer = { readonly [member: string]: Answer } & string

/** A signed-in az, and the paths of what its relay has; `rest` takes a path and a body, `words` are its arguments. */
export async function azAtRelay(t: Test, name?: string, relay?: TestRelay) {
  const started = relay ?? (await startRelay(t))
  const az = await signedIn(t, started, name)
  const group = `/subscriptions/${started.server.arm.subscriptionId}/resourceGroups/relay-emulator`
  const namespace = `${group}/providers/Microsoft.Relay/namespaces/local-relay`
  const words = (method: string, path: string, body?: object) => [
    ...['rest', '--method', method, '--url', `${path}?api-version=2021-11-01`],
    ...(body ? ['--body', JSON.stringify(body)] : []),
  ]
  const rest = (method: string, path: string, body?: object) =>
    az.good(...words(method, path, body)) as Promise<Answer>
  return { relay: started, az, group, namespace, rest, words }
}

/** Runs a command, or `instead` where the package breaks it by itself. */
export async function either(az: Az, words: readonly string[], instead: () => Promise<unknown>) {
  const outcome = await az(...words)
  if (outcome.code === 0) return outcome.json
  if (!BROKEN.test(outcome.stderr)) {
    throw new Error(`az ${words.slice(0, 3).join(' ')}: ${outcome.stderr.slice(-500)}`)
  }
  return instead()
}
