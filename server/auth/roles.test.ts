import { test } from 'tap'
import { ROLES, type RoleAssignment, findRole, isAllowed } from './roles.ts'

const GROUP = '/subscriptions/S/resourceGroups/rg1'
const RULE = `${GROUP}/providers/Microsoft.Relay/namespaces/ns/hybridConnections/hc/authorizationRules/r`
const KEYS = 'Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listkeys/action'
const me = { oid: 'ME', groups: ['My-Group'] }

const assignment = (role: string, scope: string, principalId = 'me'): RoleAssignment => ({
  name: role,
  scope,
  roleId: findRole(role)?.id ?? '',
  principalId,
  principalType: 'User',
  createdOn: '',
  createdBy: null,
})

test('roles allow what their patterns say, at their scope and below (management-plane 6.1)', async (t) => {
  const may = (given: RoleAssignment, action: string, scope = RULE) =>
    isAllowed({ assignments: [given], principal: me, action, scope })
  t.ok(may(assignment('Reader', GROUP), 'Microsoft.Relay/namespaces/read'))
  t.notOk(may(assignment('Reader', GROUP), KEYS))
  t.ok(may(assignment('contributor', GROUP.toUpperCase()), KEYS))
  t.notOk(may(assignment('Contributor', GROUP), 'Microsoft.Authorization/roleAssignments/write'))
  t.ok(may(assignment('Owner', '/'), 'Microsoft.Authorization/roleAssignments/write'))
  t.notOk(may(assignment('Owner', `${GROUP}-other`), KEYS))
  t.notOk(may(assignment('Owner', `${RULE}/below`), KEYS))
  t.ok(may(assignment('Owner', GROUP, 'my-group'), KEYS))
  t.notOk(may(assignment('Owner', GROUP, 'you'), KEYS))
})

test('only roles of Azure Relay reach the data plane, each its own side', async (t) => {
  const may = (role: string, right: 'listen' | 'send') =>
    isAllowed({
      assignments: [assignment(role, GROUP)],
      principal: me,
      action: `Microsoft.Relay/namespaces/messages/${right}/action`,
      scope: RULE,
      plane: 'dataActions',
    })
  t.same(
    ROLES.map(({ name }) => [name, may(name, 'listen'), may(name, 'send')]).filter(
      ([, listen, send]) => listen || send,
    ),
    [
      ['Azure Relay Owner', true, true],
      ['Azure Relay Listener', true, false],
      ['Azure Relay Sender', false, true],
    ],
  )
})
