import { setTimeout as wait } from 'node:timers/promises'
import { type ArmClient, armClient } from './azure/arm-client.ts'
import { findCloud } from './azure/cloud.ts'
import { type DeviceLogin, startDeviceLogin } from './azure/device-login.ts'
import { gatewayConnectionString } from './azure/gateway-string.ts'
import type { HttpsJson } from './azure/https-json.ts'
import { LIST_KEYS, mayDo } from './azure/permissions.ts'
import { connectionsOf, placeOf, subscriptionsOf } from './azure/places.ts'
import { AgentError } from './agent-error.ts'
import { CommandError } from '../console/command-failure.ts'
import type { AzureConnectionRow, SignInRow, SubscriptionRow } from './contract.ts'

export type SignInsDeps = {
  readonly http: HttpsJson
  /** URL of the management plane; undefined for the public cloud. */
  readonly armUrl: () => Promise<string | undefined>
  readonly tenant: string
  /** Unix time in ms. */
  readonly now: () => number
  /** How long one is kept at most, ms. Default 10 minutes. */
  readonly lifeMs?: number
}

type Entry = {
  readonly login: DeviceLogin
  readonly expiresAtMs: number
  readonly ended: AbortController
  readonly timer: NodeJS.Timeout
  /** The management plane as the person sees it; undefined until somebody has signed in. */
  arm: ArmClient | undefined
  error: string | null
}

/** Source: dashboard 5, + New. */
const LIFE_MS = 600_000
const MAX_SIGN_INS = 4

/**
 * People who sign in to Azure for one dialog of the page. Their tokens are in memory only, and gone when the dialog
 * ends or after 10 minutes. Source: dashboard 5, + New.
 */
export class SignIns {
  readonly #deps: SignInsDeps
  readonly #entries = new Map<string, Entry>()
  #count = 0

  constructor(deps: SignInsDeps) {
    this.#deps = deps
  }

  /** Asks for a device code. Throws HCM_AZURE_FAILED. */
  async start(): Promise<SignInRow> {
    const { http, armUrl, tenant, now, lifeMs = LIFE_MS } = this.#deps
    const { cloud, login } = await explained(async () => {
      const found = await findCloud(await armUrl(), http)
      return { cloud: found, login: await startDeviceLogin(found, tenant, { http, now }) }
    })
    const id = `s_${(this.#count += 1)}`
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= MAX_SIGN_INS && oldest !== undefined) this.drop(oldest)
    const entry: Entry = {
      login,
      expiresAtMs: now() + lifeMs,
      ended: new AbortController(),
      timer: setTimeout(() => this.drop(id), lifeMs).unref(),
      arm: undefined,
      error: null,
    }
    this.#entries.set(id, entry)
    const { signal } = entry.ended
    // A person needs a moment to read the code, and the service asks for one too.
    void wait(login.intervalMs, undefined, { signal })
      .then(() => login.token(signal))
      .then(({ accessToken }) => {
        if (!signal.aborted) entry.arm = armClient({ armUrl: cloud.armUrl, accessToken }, http)
      })
      .catch((error: unknown) => {
        entry.error = (error as Error).message
      })
    return this.row(id)
  }

  /** Throws RELAY_ITEM_NOT_FOUND, as all that take an id. */
  row(id: string): SignInRow {
    const { login, arm, error, expiresAtMs } = this.#entry(id)
    return {
      id,
      state: arm ? 'signedIn' : error === null ? 'waiting' : 'failed',
      userCode: login.userCode,
      verificationUri: login.verificationUri,
      message: login.message,
      error,
      expiresAt: new Date(expiresAtMs).toISOString(),
    }
  }

  /** Throws HCM_AZURE_FAILED, as the next ones. */
  subscriptions(id: string): Promise<readonly SubscriptionRow[]> {
    const arm = this.#arm(id)
    return explained(() => subscriptionsOf(arm))
  }

  /** `isAdded` tells whether the agent serves a hybrid connection of this name already. */
  hybridConnections(
    id: string,
    subscription: string,
    isAdded: (namespace: string, name: string) => boolean,
  ): Promise<readonly AzureConnectionRow[]> {
    const arm = this.#arm(id)
    return explained(async () => {
      const found = await connectionsOf(arm, { id: subscription, name: '' })
      const namespaces = [...new Set(found.map(({ namespaceId }) => namespaceId))]
      const rights = new Map(
        await Promise.all(
          namespaces.map(async (each) => [each, await mayDo(arm, each, LIST_KEYS)] as const),
        ),
      )
      return found.map(({ id: resourceId, name, region, namespace, endpoint, namespaceId }) => ({
        id: resourceId,
        name,
        region,
        namespace,
        endpoint,
        isAdded: isAdded(namespace, name),
        missingAction: rights.get(namespaceId) === false ? LIST_KEYS : null,
      }))
    })
  }

  /** Ends a sign-in and answers what it is still good for: the connection strings of what was chosen. */
  finish(id: string): (resourceId: string) => Promise<string> {
    const arm = this.#arm(id)
    this.drop(id)
    return (resourceId) =>
      explained(() => {
        const place = placeOf(resourceId)
        if (place) return gatewayConnectionString(arm, place)
        throw new AgentError('RELAY_INPUT_INVALID', 'the id is not that of a hybrid connection', {
          target: 'resourceIds',
        })
      })
  }

  /** Forgets one; one that is not there is forgotten already. */
  drop(id: string): void {
    const entry = this.#entries.get(id)
    this.#entries.delete(id)
    clearTimeout(entry?.timer)
    entry?.ended.abort()
  }

  close(): void {
    for (const id of this.#entries.keys()) this.drop(id)
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry) return entry
    throw new AgentError('RELAY_ITEM_NOT_FOUND', 'this sign-in has ended', {
      target: 'signIn',
      next: 'sign in again',
    })
  }

  #arm(id: string): ArmClient {
    const { arm } = this.#entry(id)
    if (arm) return arm
    throw new AgentError('RELAY_INPUT_INVALID', 'nobody has signed in yet', { target: 'signIn' })
  }
}

/** What the calls to Azure say is told; it holds no token. */
async function explained<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new AgentError('HCM_AZURE_FAILED', error.message, { next: error.next, cause: error })
  }
}
