import { createHash, randomBytes } from 'node:crypto'
import type { ArmSettings, Identity, IdentityPrincipal } from '../auth/identity.ts'
import { findRole } from '../auth/roles.ts'
import type { KeptKeys } from './rule-keys.ts'
import type { Path } from './yaml-source.ts'

type RoleConfig = string | { readonly role: string; readonly scope: string }

type PrincipalConfig = {
  readonly name: string
  readonly objectId?: string
  readonly roles?: readonly RoleConfig[]
  readonly groups?: readonly string[]
}
type ServicePrincipalConfig = PrincipalConfig & {
  readonly clientId?: string
  readonly secret?: string
}
type UserConfig = PrincipalConfig & { readonly password?: string }
type ManagedIdentityConfig = PrincipalConfig & {
  readonly clientId?: string
  readonly resourceId?: string
}

/** `identity` as the file writes it; what is left out is filled in. */
export type IdentityConfig = {
  readonly tenantId?: string
  readonly domain?: string
  readonly identityHeader?: string
  readonly servicePrincipals?: readonly ServicePrincipalConfig[]
  readonly users?: readonly UserConfig[]
  readonly managedIdentities?: readonly ManagedIdentityConfig[]
  readonly issuers?: readonly { readonly issuer: string; readonly jwksUri?: string }[]
}

/** `arm` as the file writes it. */
export type ArmConfig = Partial<ArmSettings>

const GUID = {
  type: 'string',
  title: 'a GUID, e.g. 11111111-1111-1111-1111-111111111111',
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
}
const NAME = { type: 'string', minLength: 1, maxLength: 256 }
const SECRET = {
  type: 'string',
  title: 'printable ASCII without blanks',
  maxLength: 256,
  pattern: '^[!-~]*$',
  description: 'Empty or left out: the published one.',
}
const HTTPS = { type: 'string', title: 'an https URL', pattern: '^https://[^\\s]+$' }
const KEYS_URL = {
  type: 'string',
  title: 'an https URL, or an http one on this machine',
  pattern: '^(https://|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])[:/])[^\\s]+$',
}

function strict(properties: object, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, required, properties }
}

const PRINCIPAL = {
  name: NAME,
  objectId: GUID,
  groups: { type: 'array', items: GUID, description: 'Object ids of groups.' },
  roles: {
    type: 'array',
    description: 'Left out: Owner of the subscription.',
    items: {
      type: ['string', 'object'],
      additionalProperties: false,
      required: ['role', 'scope'],
      properties: { role: { type: 'string' }, scope: { type: 'string', pattern: '^/' } },
    },
  },
}

/** JSON Schema of `identity`. */
export const IDENTITY_SCHEMA = strict({
  tenantId: GUID,
  domain: { type: 'string', minLength: 1, description: 'Verified domain of the tenant.' },
  identityHeader: {
    ...SECRET,
    description: 'What the App Service form of the managed identity endpoint asks for.',
  },
  servicePrincipals: {
    type: 'array',
    items: strict({ ...PRINCIPAL, clientId: GUID, secret: SECRET }, ['name']),
  },
  users: { type: 'array', items: strict({ ...PRINCIPAL, password: SECRET }, ['name']) },
  managedIdentities: {
    type: 'array',
    items: strict({ ...PRINCIPAL, clientId: GUID, resourceId: { type: 'string', pattern: '^/' } }, [
      'name',
    ]),
  },
  issuers: {
    type: 'array',
    description: 'Issuers beside the emulator, e.g. https://sts.windows.net/TENANT/ of Azure.',
    items: strict({ issuer: HTTPS, jwksUri: KEYS_URL }, ['issuer']),
  },
})

/** JSON Schema of `arm`. */
export const ARM_SCHEMA = strict({
  subscriptionId: GUID,
  subscriptionName: NAME,
  endpoints: {
    type: 'string',
    enum: ['local', 'azure'],
    default: 'local',
    description: 'Host in connection strings: of this emulator, or NAME.servicebus.windows.net.',
  },
  hosts: {
    type: 'array',
    items: { type: 'string', title: 'a DNS name', pattern: '^[A-Za-z0-9.-]+$' },
    description: 'Further names of the ARM port, e.g. login.microsoftonline.com.',
  },
  loginStyle: {
    type: 'string',
    enum: ['auto', 'adfs', 'aad'],
    default: 'auto',
    description: 'Login endpoint that cloud metadata names; auto goes by the version asked for.',
  },
})

/** What a schema cannot say of `identity`: that roles exist. */
export function checkIdentity(
  config: IdentityConfig,
): { readonly path: Path; readonly message: string }[] {
  return (['servicePrincipals', 'users', 'managedIdentities'] as const).flatMap((kind) =>
    (config[kind] ?? []).flatMap(({ roles = [] }, index) =>
      roles.flatMap((given, at) => {
        const name = typeof given === 'string' ? given : given.role
        if (findRole(name)) return []
        const message = 'is no built-in role, such as Owner, Contributor, Reader, Azure Relay Owner'
        return [{ path: ['identity', kind, index, 'roles', at], message }]
      }),
    ),
  )
}

/** The settings of the management plane; defaults are the same on every machine. */
export function armSettings(config: ArmConfig): ArmSettings {
  return {
    subscriptionId: config.subscriptionId ?? '11111111-1111-1111-1111-111111111111',
    subscriptionName: config.subscriptionName ?? 'Emulator',
    endpoints: config.endpoints ?? 'local',
    hosts: config.hosts ?? [],
    loginStyle: config.loginStyle ?? 'auto',
  }
}

/** Well-known ids of the principals that are there without a configuration. */
const DEFAULTS = {
  servicePrincipals: [
    {
      name: 'emulator-sp',
      objectId: '33333333-3333-3333-3333-333333333333',
      clientId: '44444444-4444-4444-4444-444444444444',
    },
  ],
  managedIdentities: [
    {
      name: 'emulator-mi',
      objectId: '55555555-5555-5555-5555-555555555555',
      clientId: '66666666-6666-6666-6666-666666666666',
    },
  ],
} as const

/**
 * Fills in what the configuration leaves out. Ids and secrets follow a published rule, so that they are the same on
 * every machine; `kept` makes secrets random, and keeps them over a reload.
 */
export function identityFrom(config: IdentityConfig, kept: KeptKeys | null): Identity {
  const secretOf = (given: string | undefined, place: string) =>
    given || (kept === null ? publishedSecret(place) : randomSecret(place, kept))
  const domain = config.domain ?? 'local.test'
  const sections = { ...DEFAULTS, users: [{ name: `dev@${domain}` }], ...config }
  const servicePrincipals: readonly ServicePrincipalConfig[] = sections.servicePrincipals
  const users: readonly UserConfig[] = sections.users
  const managedIdentities: readonly ManagedIdentityConfig[] = sections.managedIdentities
  return {
    tenantId: config.tenantId ?? '22222222-2222-2222-2222-222222222222',
    domain,
    identityHeader: secretOf(config.identityHeader, 'identityHeader'),
    issuers: (config.issuers ?? []).map(({ issuer, jwksUri }) => ({
      issuer,
      jwksUri: jwksUri ?? keysOfIssuer(issuer),
    })),
    principals: [
      ...servicePrincipals.map((one) => ({
        ...common('servicePrincipal', one),
        clientId: one.clientId ?? guidOf(`clientId/${one.name}`),
        secret: secretOf(one.secret, `servicePrincipals/${one.name}`),
      })),
      ...users.map((one) => ({
        ...common('user', one),
        secret: secretOf(one.password, `users/${one.name}`),
      })),
      ...managedIdentities.map((one) => ({
        ...common('managedIdentity', one),
        clientId: one.clientId ?? guidOf(`clientId/${one.name}`),
        resourceId: one.resourceId ?? '',
      })),
    ],
  }
}

function common(kind: IdentityPrincipal['kind'], config: PrincipalConfig): IdentityPrincipal {
  const roles: readonly RoleConfig[] = config.roles ?? ['Owner']
  return {
    kind,
    name: config.name,
    objectId: config.objectId ?? guidOf(`objectId/${kind}/${config.name}`),
    clientId: '',
    secret: '',
    resourceId: '',
    groups: config.groups ?? [],
    roles: roles.flatMap((given) => {
      const { role: name, scope } = typeof given === 'string' ? { role: given, scope: null } : given
      const role = findRole(name)
      return role ? [{ roleId: role.id, scope }] : []
    }),
  }
}

/** Where an issuer publishes its keys when the configuration does not say: both forms of Entra ID's issuers. */
function keysOfIssuer(issuer: string): string {
  const tenant = /^https:\/\/sts\.windows\.net\/([^/]+)\/$/.exec(issuer)?.[1]
  if (tenant !== undefined) return `https://login.microsoftonline.com/${tenant}/discovery/keys`
  return `${issuer.replace(/\/v2\.0\/?$/, '').replace(/\/$/, '')}/discovery/v2.0/keys`
}

/** Text of 43 characters that anybody can work out: it protects nothing beyond loopback. */
function publishedSecret(place: string): string {
  return createHash('sha256')
    .update(`relay-emulator/identity/${place}`.toLowerCase())
    .digest('base64url')
}

function randomSecret(place: string, kept: KeptKeys): string {
  const key = `identity/${place}`
  const secret = kept.get(key) ?? randomBytes(32).toString('base64url')
  kept.set(key, secret)
  return secret
}

/** A GUID that is always the same for the same text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(`relay-emulator/${text}`.toLowerCase()).digest('hex')
  const variant = `8${hex.slice(17, 20)}`
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, variant]
  return [...parts, hex.slice(20, 32)].join('-')
}
