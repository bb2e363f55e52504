import { isSameSecret } from '../../protocol/secret.ts'
import type { Identity, IdentityPrincipal } from '../auth/identity.ts'
import { EntraError } from './entra-error.ts'

/** Public clients of Microsoft that sign users in: they need no secret, and no entry of ours. */
const PUBLIC_CLIENTS: ReadonlySet<string> = new Set([
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46', // Azure CLI
  '1950a258-227b-4e31-a9cf-717495945fc2', // Azure PowerShell
  '872cd9fa-d31f-45e0-9eab-6e460a02d1f1', // Visual Studio
])

/** Names of a tenant that say no particular one. */
const ANY_TENANT: ReadonlySet<string> = new Set(['common', 'organizations', 'adfs', 'consumers'])

/** Finds principals, and checks what they show. Throws {@link EntraError}. */
export class Directory {
  readonly #identity: () => Identity

  constructor(identity: () => Identity) {
    this.#identity = identity
  }

  get identity(): Identity {
    return this.#identity()
  }

  /** Throws `unknownTenant` unless `tenant` is ours, by GUID or domain, or none in particular. */
  checkTenant(tenant: string): void {
    const { tenantId, domain } = this.identity
    const known = [tenantId.toLowerCase(), domain.toLowerCase()]
    const wanted = tenant.toLowerCase()
    if (ANY_TENANT.has(wanted) || known.includes(wanted)) return
    throw new EntraError('unknownTenant', `Tenant '${cut(tenant)}' not found; it is ${tenantId}.`)
  }

  /** The application of a client id. */
  application(clientId: string): IdentityPrincipal {
    const found = this.#applications().find((one) => isSame(one.clientId, clientId))
    if (found && found.kind === 'servicePrincipal') return found
    throw new EntraError(
      'unknownApplication',
      `Application with identifier '${cut(clientId)}' was not found in the directory.`,
    )
  }

  /** The application that proves itself with a secret. */
  applicationWithSecret(clientId: string, secret: string): IdentityPrincipal {
    const application = this.application(clientId)
    if (isSameSecret(application.secret, secret)) return application
    throw new EntraError(
      'badSecret',
      `Invalid client secret provided for app '${application.clientId}'.`,
    )
  }

  /** Throws `unknownApplication` unless users may sign in with this client. */
  checkClient(clientId: string): void {
    if (!PUBLIC_CLIENTS.has(clientId.toLowerCase())) this.application(clientId)
  }

  userWithPassword(name: string, password: string): IdentityPrincipal {
    const user = this.#users().find((one) => isSame(one.name, name))
    if (user && isSameSecret(user.secret, password)) return user
    throw new EntraError('badPassword', 'Invalid username or password.')
  }

  /** Who approves device codes: the first user of the configuration. */
  firstUser(): IdentityPrincipal {
    const [user] = this.#users()
    if (user) return user
    throw new EntraError('badPassword', 'The configuration has no user (identity.users).')
  }

  byObjectId(objectId: string): IdentityPrincipal | undefined {
    return this.identity.principals.find((one) => isSame(one.objectId, objectId))
  }

  /** The managed identity that `wanted` names, or the first one when it names none. */
  managedIdentity(wanted: {
    readonly clientId?: string | undefined
    readonly objectId?: string | undefined
    readonly resourceId?: string | undefined
  }): IdentityPrincipal | undefined {
    const all = this.identity.principals.filter(({ kind }) => kind === 'managedIdentity')
    const { clientId, objectId, resourceId } = wanted
    if (clientId) return all.find((one) => isSame(one.clientId, clientId))
    if (objectId) return all.find((one) => isSame(one.objectId, objectId))
    if (resourceId) return all.find((one) => isSame(one.resourceId, resourceId))
    return all[0]
  }

  #applications(): readonly IdentityPrincipal[] {
    return this.identity.principals.filter(({ clientId }) => clientId !== '')
  }

  #users(): readonly IdentityPrincipal[] {
    return this.identity.principals.filter(({ kind }) => kind === 'user')
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function cut(text: string): string {
  return text.slice(0, 100)
}
