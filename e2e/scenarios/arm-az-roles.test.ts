import { AzureCliCredential } from '@azure/identity'
import { t as file, test } from 'tap'
import { AZ_TIMEOUT_MS } from '../harness/az.ts'
import { azAtRelay, either } from '../harness/az-arm.ts'
import { azureOf, withVariables } from '../harness/azure.ts'
import { startRelay } from '../harness/relay.ts'
import { hasProgram } from '../harness/require-program.ts'

file.setTimeout(AZ_TIMEOUT_MS)

test('az gives and takes roles, and the token of its login is good for the SDKs', async (t) => {
  if (!hasProgram(t, 'az')) return
  const relay = await startRelay(t, {
    configuration: {
      identity: { servicePrincipals: [{ name: 'owner' }, { name: 'guest', roles: [] }] },
    },
  })
  const { az, group, rest } = await azAtRelay(t, 'owner', relay)
  const guest = relay.server.identity.principals.find(({ name }) => name === 'guest')
  const roles = `${group}/providers/Microsoft.Authorization`
  const definition = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  const assignment = `${roles}/roleAssignments/00000000-0000-0000-0000-000000000001`
  const azure = azureOf(relay)
  const asGuest = { credential: azure.credential('guest') }
  const namespace = `${group}/providers/Microsoft.Relay/namespaces/local-relay`
  const sees = async () => (await azure.call('GET', namespace, asGuest)).status
  t.equal(await sees(), 403)
  const [definitions, unassigned] = await Promise.all([
    either(az, ['role', 'definition', 'list', '--name', 'Reader'], async () => {
      const { value } = await rest('get', `${roles}/roleDefinitions/${definition}`).then((one) => ({
        value: [one],
      }))
      return value.map(({ name, properties }) => ({ name, roleName: properties?.['roleName'] }))
    }),
    az('account', 'list', '--all'),
  ])
  t.match(definitions, [{ name: definition, roleName: 'Reader' }])
  t.equal(unassigned.code, 0)
  await either(
    az,
    [
      ...['role', 'assignment', 'create', '--role', 'Reader', '--scope', group],
      ...['--assignee-object-id', guest?.objectId ?? ''],
      ...['--assignee-principal-type', 'ServicePrincipal'],
    ],
    () =>
      rest('put', assignment, {
        properties: {
          roleDefinitionId: `${roles}/roleDefinitions/${definition}`,
          principalId: guest?.objectId,
          principalType: 'ServicePrincipal',
        },
      }),
  )
  t.equal(await sees(), 200)
  const all = await either(az, ['role', 'assignment', 'list', '--all'], async () => {
    const { value } = (await rest('get', `${roles}/roleAssignments`)) as never as {
      value: { properties: object }[]
    }
    return value.map(({ properties }) => properties)
  })
  t.ok(
    (all as { principalId?: string }[]).some(({ principalId }) => principalId === guest?.objectId),
  )
  await either(
    az,
    [
      ...['role', 'assignment', 'delete', '--role', 'Reader', '--scope', group],
      ...['--assignee', guest?.objectId ?? ''],
    ],
    () => rest('delete', assignment),
  )
  t.equal(await sees(), 403)

  withVariables(t, { AZURE_CONFIG_DIR: az.folder, REQUESTS_CA_BUNDLE: relay.caFile })
  const credential = new AzureCliCredential()
  t.match(await azure.relay(credential).namespaces.get('relay-emulator', 'local-relay'), {
    name: 'local-relay',
  })
})
