import { CLAIMS } from '../../protocol/entity.ts'
import { MAX_STAMP_CHARACTERS } from '../../protocol/gateway-names.ts'
import { MAX_RULE_TEXT_CHARACTERS } from '../../protocol/limits.ts'
import { OPTIONS, OPTION_NAMES } from '../options.ts'
import type { RelayLimits } from '../relay-limits.ts'
import { APP_SERVICE_SCHEMA } from './app-service-config.ts'
import { ARM_SCHEMA, IDENTITY_SCHEMA } from './identity-config.ts'

/** Longest wait a Node timer can hold, ms. */
const MAX_TIMER_MS = 0x7fff_ffff

const WAIT = { type: 'integer', minimum: 1, maximum: MAX_TIMER_MS }
const WAIT_OR_NONE = { type: 'integer', minimum: 0, maximum: MAX_TIMER_MS }

const LIMITS = {
  acceptTimeoutMs: WAIT,
  responseTimeoutMs: WAIT,
  listenersPerHybridConnection: { type: 'integer', minimum: 1 },
  tokenGraceSeconds: { type: 'integer', minimum: 0 },
  connectionsPerNamespace: { type: 'integer', minimum: 0 },
  halfCloseTimeoutMs: WAIT_OR_NONE,
  pingIntervalMs: WAIT_OR_NONE,
  handshakeTimeoutMs: WAIT,
  acceptTimeoutStatus: { type: 'integer', enum: [404, 408, 504] },
  missingClaimStatus: { type: 'integer', enum: [401, 403] },
  runtimeInformationNeedsManage: { type: 'boolean' },
} satisfies Record<keyof RelayLimits, unknown>

// A `;` would end the key inside a connection string.
const KEY = {
  type: 'string',
  title: 'printable ASCII without blanks and semicolons',
  maxLength: MAX_RULE_TEXT_CHARACTERS,
  pattern: '^[!-:<-~]*$',
}

const AUTHORIZATION_RULES = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'rights'],
    properties: {
      name: { type: 'string' },
      rights: { type: 'array', items: { type: 'string', enum: CLAIMS } },
      primaryKey: { ...KEY, description: 'Empty or left out: the published key.' },
      secondaryKey: { ...KEY, description: 'Empty or left out: the published key.' },
    },
  },
}

const HYBRID_CONNECTION = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string' },
    requiresClientAuthorization: {
      type: 'boolean',
      default: true,
      description: 'false: senders need no token.',
    },
    userMetadata: {
      type: ['object', 'string'],
      additionalProperties: { type: 'string' },
      description:
        'A map, e.g. { endpoint: "db.corp.local:5432" }, or the string exactly as Azure stores it.',
    },
    authorizationRules: AUTHORIZATION_RULES,
  },
}

const NAMESPACE = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string' },
    hosts: {
      type: 'array',
      items: { type: 'string' },
      description: 'Names beside NAME.servicebus.windows.net and NAME.servicebus.localhost.',
    },
    location: { type: 'string', minLength: 1, default: 'westeurope' },
    resourceGroup: {
      type: 'string',
      title: '1 to 90 letters, digits, underscores, dots, hyphens and parentheses',
      maxLength: 90,
      pattern: '^[A-Za-z0-9_.()-]*[A-Za-z0-9_()-]$',
      default: 'relay-emulator',
    },
    authorizationRules: AUTHORIZATION_RULES,
    hybridConnections: { type: 'array', items: HYBRID_CONNECTION },
  },
}

const ADMIN = {
  type: 'object',
  additionalProperties: false,
  properties: {
    token: {
      type: 'string',
      title: 'printable ASCII without blanks',
      pattern: '^[!-~]*$',
      description: 'With a token the API, the feed and the metrics need it as a bearer token.',
    },
    allowedHosts: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: 'Names the admin port answers to beside localhost and IP addresses.',
    },
  },
}

const NETWORK = {
  type: 'object',
  additionalProperties: false,
  properties: {
    gateways: {
      type: 'boolean',
      default: false,
      description: 'true: listeners get the name of a gateway for each rendezvous, as in Azure.',
    },
    stamp: {
      type: 'string',
      title: 'letters and digits with single hyphens between them, e.g. dm3-010',
      maxLength: MAX_STAMP_CHARACTERS,
      pattern: '^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$',
      default: 'local-001',
      description: 'Group of gateways: G0-prod-STAMP-sb.servicebus.windows.net and so on.',
    },
    addresses: {
      type: 'array',
      items: { type: 'string' },
      description:
        'IP addresses that the name service answers; none: the one at which the asker reaches this machine.',
    },
  },
}

/** JSON Schema (draft 7) of the configuration file, as `config schema` prints it. Options come from their table. */
export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'relay-emulator configuration',
  type: 'object',
  additionalProperties: false,
  properties: {
    version: { const: 1 },
    ...Object.fromEntries(OPTION_NAMES.flatMap(optionProperty)),
    namespaces: { type: 'array', items: NAMESPACE },
    limits: { type: 'object', additionalProperties: false, properties: LIMITS },
    admin: ADMIN,
    network: NETWORK,
    identity: IDENTITY_SCHEMA,
    arm: ARM_SCHEMA,
    appService: APP_SERVICE_SCHEMA,
  },
}

function optionProperty(name: (typeof OPTION_NAMES)[number]): [string, unknown][] {
  const { schema, help } = OPTIONS[name]
  return schema === null ? [] : [[name, { ...schema, description: help }]]
}
