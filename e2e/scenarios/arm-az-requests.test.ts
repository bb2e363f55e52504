import { t as file, test } from 'tap'
import { AZ_TIMEOUT_MS } from '../harness/az.ts'
import { azAtRelay } from '../harness/az-arm.ts'
import { hasProgram } from '../harness/require-program.ts'

file.setTimeout(AZ_TIMEOUT_MS)

test('every request of az relay, az group and az deployment show is answered as az expects it (management-plane 7)', async (t) => {
  if (!hasProgram(t, 'az')) return
  const { relay, az, group, words } = await azAtRelay(t)
  const namespaces = `${group}/providers/Microsoft.Relay/namespaces`
  const made = `${namespaces}/az-made`
  const entity = `${made}/hybridConnections/hc1`
  const subscription = group.split('/resourceGroups')[0] ?? ''
  const rights = { properties: { rights: ['Listen'] } }
  const keyType = { keyType: 'PrimaryKey' }
  /** Those of one line go at once; the next line needs them. */
  const STEPS: (readonly [words: readonly string[], answer: object | null])[][] = [
    [
      [
        words('post', `${subscription}/providers/Microsoft.Relay/checkNameAvailability`, {
          name: 'az-made',
        }),
        { nameAvailable: true },
      ],
    ],
    [
      [words('put', made, { location: 'westus2', tags: { a: 'b' } }), { name: 'az-made' }],
      [['group', 'show', '-n', 'relay-emulator'], { name: 'relay-emulator' }],
      [['group', 'list'], [{ name: 'relay-emulator' }]],
    ],
    [
      [words('get', made), { tags: { a: 'b' } }],
      [words('get', namespaces), { value: [{}, {}] }],
      [words('put', `${made}/authorizationRules/r1`, rights), { name: 'r1' }],
      [words('put', entity, { properties: {} }), { name: 'hc1' }],
    ],
    [
      [words('get', `${made}/authorizationRules`), { value: [{}, { name: 'r1' }] }],
      [words('post', `${made}/authorizationRules/r1/listKeys`), { keyName: 'r1' }],
      [words('post', `${made}/authorizationRules/r1/regenerateKeys`, keyType), { keyName: 'r1' }],
      [words('get', entity), { properties: { listenerCount: 0 } }],
      [words('get', `${made}/hybridConnections`), { value: [{ name: 'hc1' }] }],
      [words('put', `${entity}/authorizationRules/r2`, rights), { name: 'r2' }],
    ],
    [
      [words('get', `${entity}/authorizationRules/r2`), { properties: { rights: ['Listen'] } }],
      [words('get', `${entity}/authorizationRules`), { value: [{ name: 'r2' }] }],
      [words('post', `${entity}/authorizationRules/r2/listKeys`), { keyName: 'r2' }],
      [
        words('post', `${entity}/authorizationRules/r2/regenerateKeys`, keyType),
        { primaryConnectionString: /EntityPath=hc1$/ },
      ],
    ],
    [[words('delete', `${entity}/authorizationRules/r2`), null]],
    [[words('delete', entity), null]],
    [[words('delete', made), null]],
  ]
  for (const step of STEPS) {
    const answers = await Promise.all(step.map(([command]) => az.good(...command)))
    for (const [index, [command, expected]] of step.entries()) {
      if (expected) t.match(answers[index], expected, command.slice(0, 5).join(' '))
    }
  }
  t.equal(relay.server.namespaces.length, 1)
  t.match(await az('deployment', 'group', 'show', '-n', 'none', '-g', 'relay-emulator'), {
    code: 3,
    stderr: /DeploymentNotFound/,
  })
})
