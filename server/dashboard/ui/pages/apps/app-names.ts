import { resource } from '../../../../../console/ui/api.ts'
import { formatRoute } from '../../../../../console/ui/route.ts'
import type { AppRow } from '../../../contract.ts'

type App = Pick<AppRow, 'app' | 'slot'>
type Pair = { readonly namespace: string; readonly name: string }

/** `web`, or `web/stage` for a slot. */
export function labelOf({ app, slot }: App): string {
  return slot === null ? app : `${app}/${slot}`
}

/** The app of a label. */
export function appOf(label: string): App {
  const [app = '', slot] = label.split('/')
  return { app, slot: slot ?? null }
}

/** The app's own page. */
export function appRoute({ app, slot }: App): string {
  return formatRoute(slot === null ? ['apps', app] : ['apps', app, slot])
}

/** Address in the API of an app, with what is below it. */
export function appPath({ app, slot }: App, ...below: readonly string[]): string {
  return `${resource('apps', app, ...below)}${slot === null ? '' : `?slot=${encodeURIComponent(slot)}`}`
}

/** Address in the API of a hybrid connection as an app has it. */
export function attachmentPath(app: App, { namespace, name }: Pair): string {
  return appPath(app, 'hybridConnections', namespace, name)
}

/** The same app or hybrid connection: names are compared without case. */
export function isSame(one: string | null, other: string | null): boolean {
  return (one ?? '').toLowerCase() === (other ?? '').toLowerCase()
}

export function isPair(one: Pair, other: Pair): boolean {
  return isSame(one.namespace, other.namespace) && isSame(one.name, other.name)
}

export const SYSTEMS = [
  ['linux', 'Linux'],
  ['windows', 'Windows'],
  ['windowsContainer', 'Windows container'],
] as const

export function systemName(os: AppRow['os']): string {
  return SYSTEMS.find(([value]) => value === os)?.[1] ?? os
}
