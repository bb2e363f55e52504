import { ConfigError } from './config/config-error.ts'
import type { Configuration } from './config/load-configuration.ts'
import type { ReloadOutcome } from './dashboard/admin-app.ts'
import type { EventFeed } from './events.ts'
import { clashText } from './start-warnings.ts'
import type { NamespaceStore } from './namespace/store.ts'
import { OPTION_NAMES } from './options.ts'
import { CertificateError } from './tls/certificate-error.ts'

/**
 * Reads the configuration again and makes the entities what it says. A bad file changes nothing and is explained:
 * `next` is then what was in force before.
 */
export async function readAgain(options: {
  readonly load: () => Promise<Configuration>
  readonly store: NamespaceStore
  readonly events: EventFeed
  readonly inForce: Configuration
  /** Makes the certificate hold the names of all namespaces. */
  readonly cover: (next: Configuration) => Promise<void>
}): Promise<{ readonly next: Configuration; readonly outcome: ReloadOutcome }> {
  const { load, store, events, inForce, cover } = options
  try {
    const next = await load()
    const changes: string[] = []
    const unsubscribe = store.subscribe(({ change, namespace, hybridConnection }) => {
      changes.push(
        `${namespace}${hybridConnection === null ? '' : `/${hybridConnection}`} ${change}`,
      )
    })
    const warnings = store.replaceFileEntities(next.namespaces).map(clashText)
    unsubscribe()
    warnings.push(...waitingForRestart(inForce, next))
    warnings.push(...(await uncovered(() => cover(next))))
    events.emit({ type: 'configReloaded', who: 'emulator', message: 'configuration reloaded' })
    return { next, outcome: { ok: true, file: next.file, changes, warnings } }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    events.emit({
      type: 'configRefused',
      level: 'error',
      who: 'emulator',
      message: `configuration refused, the old one stays: ${error.message}`,
    })
    const { problems } = error
    return { next: inForce, outcome: { ok: false, file: inForce.file, problems } }
  }
}

/** What has changed in the file since it was last read, and is looked at by a start alone. */
function waitingForRestart(before: Configuration, next: Configuration): string[] {
  const names: string[] = OPTION_NAMES.filter(
    (name) => before.options[name]?.text !== next.options[name]?.text,
  )
  if (before.limits.handshakeTimeoutMs !== next.limits.handshakeTimeoutMs)
    names.push('limits.handshakeTimeoutMs')
  return names.map((name) => `${name} has changed in the file, restart to apply it.`)
}

/** A name the running CA may not vouch for needs a restart; everything else of the new configuration holds. */
async function uncovered(cover: () => Promise<void>): Promise<string[]> {
  try {
    await cover()
    return []
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    return [`The certificate lacks a new name, restart to serve it: ${error.message}.`]
  }
}
