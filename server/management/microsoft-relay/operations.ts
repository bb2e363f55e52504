import type { ProviderAction } from '../resource-type.ts'

/** Operations with the words of their kind. Source: management-plane 6.1. */
const OPERATIONS = [
  ['checkNameAvailability/action', 'CheckNameAvailability', 'Check whether a name is available'],
  ['namespaces/read', 'Namespace', 'Get namespaces'],
  ['namespaces/write', 'Namespace', 'Create or update a namespace'],
  ['namespaces/delete', 'Namespace', 'Delete a namespace'],
  ['namespaces/authorizationRules/read', 'AuthorizationRule', 'Get rules of a namespace'],
  ['namespaces/authorizationRules/write', 'AuthorizationRule', 'Create or update a rule'],
  ['namespaces/authorizationRules/delete', 'AuthorizationRule', 'Delete a rule'],
  ['namespaces/authorizationRules/listkeys/action', 'AuthorizationRule', 'List keys'],
  ['namespaces/authorizationRules/regenerateKeys/action', 'AuthorizationRule', 'Regenerate a key'],
  ['namespaces/hybridConnections/read', 'HybridConnection', 'Get hybrid connections'],
  ['namespaces/hybridConnections/write', 'HybridConnection', 'Create or update one'],
  ['namespaces/hybridConnections/delete', 'HybridConnection', 'Delete one'],
  ['namespaces/messages/listen/action', 'Messages', 'Listen', 'data'],
  ['namespaces/messages/send/action', 'Messages', 'Send', 'data'],
] as const

/** `GET /providers/Microsoft.Relay/operations`. Source: management-plane 4.5. */
export const relayOperations: ProviderAction = {
  method: 'GET',
  at: 'tenant',
  permission: null,
  run: () => ({
    body: {
      value: OPERATIONS.map(([name, resource, operation, plane]) => ({
        name: `Microsoft.Relay/${name}`,
        isDataAction: plane === 'data',
        display: { provider: 'Microsoft Azure Relay', resource, operation },
      })),
    },
  }),
}
