import { randomUUID } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { readEndpoint } from '../../../client/endpoint.ts'
import { trustedContext } from '../../../client/trust.ts'
import { parseConnectionString } from '../../../protocol/connection-string.ts'
import { Scope } from '../scope.ts'
import { type Place, dial } from '../wire/dial.ts'
import { type Credential, credentialOf, isNamespaceRule, tokenOf } from './credential.ts'
import { upgradeBytes } from './handshake.ts'

/** One hybrid connection of the target, and what may be done there. */
export type TargetEntity = {
  readonly path: string
  /** Senders need no token. */
  readonly isAnonymous: boolean
  readonly listen: Credential | undefined
  readonly send: Credential | undefined
  /** Credentials that have the one right and lack the other. */
  readonly listenOnly: Credential | undefined
  readonly sendOnly: Credential | undefined
}

/** A relay as the cases reach it. */
export type Target = Place & {
  /** `Host` header: with the port where it is not the scheme's. */
  readonly host: string
  readonly scheme: 'ws' | 'wss'
  readonly trust: () => SecureContext
  readonly main: TargetEntity
  readonly anonymous: TargetEntity | undefined
  readonly authorized: TargetEntity | undefined
  /** Emulator's API, e.g. `http://127.0.0.1:9400`. */
  readonly adminUrl: string | undefined
}

export type TargetOptions = {
  readonly connectionString: string
  /** Further ones of the same namespace: other rules, other hybrid connections. */
  readonly also: readonly string[]
  readonly ca: string | undefined
  readonly adminUrl: string | undefined
  readonly signal: AbortSignal
}

/** The target cannot be used at all. `kind` says whether nothing answers, or nothing may be done. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
  readonly kind: 'unreachable' | 'unauthorised' | 'usage'
  constructor(kind: TargetError['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

const PROBE_MS = 15_000

/**
 * Finds out what each connection string is good for. Throws ConnectionStringError, RelayClientError for options that
 * do not fit, and TargetError.
 */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { connectionString, also, ca, adminUrl, signal } = options
  const { hostname, port, host, scheme, entityPath } = readEndpoint({ connectionString })
  let context: SecureContext | undefined
  const trust = () => (context ??= trustedContext(ca))
  const place = { isTls: scheme === 'wss', hostname, port, host, scheme, trust } as const
  await using scope = new Scope({ patienceMs: PROBE_MS, limitMs: 4 * PROBE_MS, signal })

  const given = [connectionString, ...also].map((text) => {
    const endpoint = readEndpoint({ connectionString: text })
    if (endpoint.host !== host)
      throw new TargetError('usage', `${endpoint.host} is another namespace than ${host}`)
    return { path: endpoint.entityPath, credential: credentialOf(parseConnectionString(text)) }
  })
  const paths = [...new Set(given.map(({ path }) => path))]
  const entities: TargetEntity[] = []
  for (const path of paths) {
    const credentials = given.flatMap((entry) =>
      entry.path === path && entry.credential ? [entry.credential] : [],
    )
    entities.push(await probe(scope, { place, path, credentials }))
  }
  const main = entities.find(({ path }) => path === entityPath) ?? entities[0]
  if (!main?.listen && !main?.send)
    throw new TargetError('unauthorised', `${host} grants neither Listen nor Send on ${entityPath}`)
  const listenable = [main, ...entities.filter((entity) => entity !== main)].filter(
    ({ listen }) => listen !== undefined,
  )
  return {
    ...place,
    main,
    anonymous: listenable.find(({ isAnonymous }) => isAnonymous),
    authorized: listenable.find(({ isAnonymous }) => !isAnonymous),
    adminUrl,
  }
}

type Probe = {
  readonly place: Omit<Target, 'main' | 'anonymous' | 'authorized' | 'adminUrl'>
  readonly path: string
  readonly credentials: readonly Credential[]
}

/** Opens and closes a connection for each right; none stays. */
async function probe(scope: Scope, { place, path, credentials }: Probe): Promise<TargetEntity> {
  const ask = async (action: 'listen' | 'connect', credential: Credential | undefined) => {
    const peer = await dial(scope, place, place.trust).catch((cause: unknown) => {
      const { code, message } = cause as NodeJS.ErrnoException
      const reason = `${place.host} cannot be reached: ${code ?? message}`
      throw new TargetError('unreachable', reason, { cause })
    })
    const token = credential && tokenOf(credential, `http://${bare(place.host)}/${path}/`)
    const target = `/$hc/${escapePath(path)}?sb-hc-action=${action}&sb-hc-id=${randomUUID()}`
    // Nobody has this id, so that no listener of somebody else's gets the call.
    const headers = {
      'Microsoft-Relay-AllowedListeners': randomUUID(),
      ...(token && { ServiceBusAuthorization: token }),
    }
    peer.socket.write(upgradeBytes({ host: place.host, target, headers }))
    const head = await peer.head().catch((cause: unknown) => {
      const reason = `${place.host} does not answer like a relay: ${(cause as Error).message}`
      throw new TargetError('unreachable', reason, { cause })
    })
    if (head.status === 101) {
      peer.sendClose(1000)
      await peer.over().catch(() => undefined)
    }
    if (head.status === 404 && /Endpoint does not exist/i.test(head.reason))
      throw new TargetError('usage', `${place.host} has no hybrid connection ${path}`)
    return head.status !== 401 && head.status !== 403
  }
  const rights = []
  for (const credential of credentials) {
    const canListen = await ask('listen', credential)
    rights.push({ credential, canListen, canSend: await ask('connect', credential) })
  }
  const isAnonymous = await ask('connect', undefined)
  // A sender's token is not looked at there, so nothing is known of the right.
  const sends = isAnonymous ? [] : rights
  return {
    path,
    isAnonymous,
    listen: rights.find(({ canListen }) => canListen)?.credential,
    send: rights.find(({ canSend }) => canSend)?.credential,
    listenOnly: sends.find(({ canListen, canSend }) => canListen && !canSend)?.credential,
    sendOnly: rights.find(({ canListen, canSend }) => canSend && !canListen)?.credential,
  }
}

/** What a relay case may need; all of it may be missing. */
export type RelayNeed =
  | 'listen'
  | 'send'
  | 'key'
  | 'namespaceRule'
  | 'listenOnly'
  | 'sendOnly'
  | 'anonymous'
  | 'authorized'
  | 'emulator'

const NEEDS: Readonly<Record<RelayNeed, { readonly text: string; has(target: Target): boolean }>> =
  {
    listen: { text: 'a key with the right Listen', has: ({ main }) => main.listen !== undefined },
    send: {
      text: 'a key with the right Send',
      has: ({ main }) => main.isAnonymous || main.send !== undefined,
    },
    key: {
      text: 'a key in place of a signature',
      has: ({ main }) => (main.listen ?? main.send)?.kind === 'key',
    },
    namespaceRule: {
      text: 'the key of RootManageSharedAccessKey',
      has: ({ main }) => isNamespaceRule(main.listen),
    },
    listenOnly: {
      text: 'a key of this hybrid connection with Listen alone',
      has: ({ main, authorized }) => (authorized ?? main).listenOnly !== undefined,
    },
    sendOnly: {
      text: 'a key of this hybrid connection with Send alone',
      has: ({ main, authorized }) => (authorized ?? main).sendOnly !== undefined,
    },
    anonymous: {
      text: 'a hybrid connection without client authorisation',
      has: ({ anonymous }) => anonymous !== undefined,
    },
    authorized: {
      text: 'a hybrid connection with client authorisation',
      has: ({ authorized }) => authorized?.send !== undefined,
    },
    emulator: { text: "the emulator's API", has: ({ adminUrl }) => adminUrl !== undefined },
  }

/** What the target lacks for `need`, undefined when it has it. */
export function missingFor(target: Target, need: RelayNeed): string | undefined {
  const { text, has } = NEEDS[need]
  return has(target) ? undefined : text
}

/** A path for a request line. */
export function escapePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** A host without its port. */
export function bare(host: string): string {
  return host.replace(/:\d+$/, '')
}
