import { test } from 'tap'
import { evaluateText, evaluateTree } from './evaluate.ts'
import { templateScope } from './template-scope.ts'
import { uniqueString } from './unique-string.ts'

const NOW_MS = Date.UTC(2030, 0, 2, 3, 4, 5)
const GROUP = '/subscriptions/S/resourceGroups/rg1'

/** The scope of a template with some parameters, variables and functions. */
function scope(template: Record<string, unknown> = {}) {
  return templateScope({
    template: {
      parameters: {
        p: { type: 'string', defaultValue: 'P' },
        list: { type: 'array', defaultValue: [3, 1, 2] },
      },
      variables: {
        v: "[concat(parameters('p'), '!')]",
        copy: [
          { name: 'squares', count: 3, input: "[mul(copyIndex('squares'), copyIndex('squares'))]" },
        ],
      },
      functions: [
        {
          namespace: 'my',
          members: {
            twice: {
              parameters: [{ name: 'x', type: 'string' }],
              output: { type: 'string', value: "[concat(parameters('x'), parameters('x'))]" },
            },
          },
        },
      ],
      ...template,
    },
    given: {},
    context: {
      scopeId: GROUP,
      subscriptionId: 'S',
      resourceGroup: () => ({ id: GROUP, location: 'westus2' }),
      subscription: () => ({ subscriptionId: 'S' }),
      tenant: () => ({ tenantId: 'T' }),
      deployment: () => ({ name: 'd' }),
      environment: () => ({ suffixes: { storage: 'core.localhost' } }),
      reference: async (target, isFull) => ({ target, isFull }),
      list: async (operation, id) => ({ operation, id }),
    },
    now: () => NOW_MS,
  }).scope
}

const RESOURCE = 'Microsoft.Relay/namespaces'

const CASES: Record<string, unknown> = {
  // Texts and escapes (management-plane 3.9).
  'plain text': 'plain text',
  '[[not an expression]': '[not an expression]',
  '[[{"key":"endpoint"}]': '[{"key":"endpoint"}]',
  "[ 'it''s' ]": "it's",
  "[concat('a', 1, 'b')]": 'a1b',
  '[concat(createArray(1), createArray(2, 3))]': [1, 2, 3],
  "[format('{0}-{1:D3}-{{x}}', 'a', 7)]": 'a-007-{x}',
  "[toUpper(substring('abcdef', 1, 3))]": 'BCD',
  "[string(createArray(createObject('key', 'endpoint', 'value', 'h:1')))]":
    '[{"key":"endpoint","value":"h:1"}]',
  '[json(\'{"a": [1, 2]}\').A[1]]': 2,
  "[split('a,b;c', createArray(',', ';'))]": ['a', 'b', 'c'],
  "[join(createArray('a', 'b'), '-')]": 'a-b',
  "[replace('a.b.c', '.', '$&')]": 'a$&b$&c',
  "[startsWith('Hello', 'he')]": true,
  "[base64ToString(base64('text'))]": 'text',
  "[uriComponent('a b/c')]": 'a%20b%2Fc',
  "[int('42')]": 42,
  "[bool('True')]": true,
  '[string(true())]': 'True',
  // Numbers and logic.
  '[add(1, mul(2, sub(5, 3)))]': 5,
  '[div(7, 2)]': 3,
  '[min(createArray(3, 1, 2))]': 1,
  '[range(2, 3)]': [2, 3, 4],
  "[if(equals('a', 'A'), 'same', 'other')]": 'other',
  '[if(true(), 1, magic())]': 1,
  '[and(true(), not(false()))]': true,
  "[greaterOrEquals('b', 'a')]": true,
  // Arrays and objects.
  "[union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))]": {
    a: { x: 1, y: 2 },
  },
  '[intersection(createArray(1, 2, 3), createArray(2, 3, 4))]': [2, 3],
  "[length(parameters('list'))]": 3,
  "[contains(createObject('Name', 1), 'name')]": true,
  "[last(skip(parameters('list'), 1))]": 2,
  "[items(createObject('b', 2, 'a', 1))[0].key]": 'a',
  "[coalesce(null(), 'x')]": 'x',
  "[tryGet(createObject('a', createObject('b', 1)), 'a', 'c')]": null,
  "[createObject('a', 1).?b]": null,
  "[empty('')]": true,
  "[map(parameters('list'), lambda('i', mul(lambdaVariables('i'), 10)))]": [30, 10, 20],
  "[filter(parameters('list'), lambda('i', greater(lambdaVariables('i'), 1)))]": [3, 2],
  "[reduce(parameters('list'), 0, lambda('sum', 'i', add(lambdaVariables('sum'), lambdaVariables('i'))))]": 6,
  "[sort(parameters('list'), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]":
    [1, 2, 3],
  "[toObject(createArray('a'), lambda('i', lambdaVariables('i')), lambda('i', 1))]": { a: 1 },
  // Parameters, variables, functions of the template's own.
  "[PARAMETERS('P')]": 'P',
  "[variables('v')]": 'P!',
  "[variables('squares')]": [0, 1, 4],
  "[my.twice('ab')]": 'abab',
  // Resources.
  [`[resourceId('${RESOURCE}', 'ns')]`]: `${GROUP}/providers/${RESOURCE}/ns`,
  [`[resourceId('rg2', '${RESOURCE}/hybridConnections', 'ns', 'hc')]`]: `/subscriptions/S/resourceGroups/rg2/providers/${RESOURCE}/ns/hybridConnections/hc`,
  [`[resourceId('S2', 'rg2', '${RESOURCE}', 'ns')]`]: `/subscriptions/S2/resourceGroups/rg2/providers/${RESOURCE}/ns`,
  [`[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'x')]`]:
    '/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/x',
  [`[extensionResourceId('/a', '${RESOURCE}', 'ns')]`]: `/a/providers/${RESOURCE}/ns`,
  '[resourceGroup().location]': 'westus2',
  '[environment().suffixes.storage]': 'core.localhost',
  "[reference('x', '2021-11-01', 'Full').isFull]": true,
  "[listKeys('/id', '2021-11-01').operation]": 'listkeys',
  // Times.
  '[utcNow()]': '20300102T030405Z',
  "[utcNow('yyyy-MM-dd')]": '2030-01-02',
  "[dateTimeAdd('2030-01-01T00:00:00Z', 'P1DT2H')]": '2030-01-02T02:00:00Z',
}

test('expressions mean what they mean in Azure', async (t) => {
  for (const [text, expected] of Object.entries(CASES)) {
    t.strictSame(await evaluateText(text, scope()), expected, text)
  }
})

test('uniqueString and guid give what Azure gives', async (t) => {
  t.equal(uniqueString(['test']), 'rbgf3xv4ufgzg')
  t.equal(uniqueString(['hello', 'world']), 'a7wkljktk6wne')
  t.equal(uniqueString(['abc']), 'cgtzqvhu4i23s')
  const group = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/my-rg'
  t.equal(uniqueString([group]), 'bmg7c6xu4tw46')
  // Version 5 of RFC 4122, in a namespace of ARM's own.
  t.match(
    await evaluateText("[guid('a', 'b')]", scope()),
    /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab]/,
  )
})

test('loops over properties are unrolled', async (t) => {
  const tree = {
    copy: [
      {
        name: 'rights',
        count: 2,
        input: { "[concat('n', copyIndex('rights'))]": "[copyIndex('rights', 1)]" },
      },
    ],
    plain: ['[[x]', 1, null],
  }
  t.strictSame(await evaluateTree(tree, scope()), {
    rights: [{ n0: 1 }, { n1: 2 }],
    plain: ['[x]', 1, null],
  })
})

test('what cannot be evaluated is told with the reason', async (t) => {
  const FAULTS: Record<string, RegExp> = {
    "[magic('x')]": /'magic' is not emulated/,
    "[concat('a']": /'\)' is missing|ends too early/,
    '[{"key":"endpoint","value":"h:1"}]': /begins with \[\[/,
    "[parameters('none')]": /'none' is not found/,
    '[resourceGroup().none]': /property 'none' doesn't exist/,
    "[substring('abc', 2, 5)]": /beyond its text/,
    '[div(1, 0)]': /divides by zero/,
    "[add('1', 2)]": /argument 1 of the template function 'add' must be an integer/,
    '[copyIndex()]': /outside of its loop/,
    [`[resourceId('${RESOURCE}', 'a', 'b')]`]: /has 2 name segments/,
    '[managementGroup()]': /not emulated/,
  }
  for (const [text, expected] of Object.entries(FAULTS)) {
    await t.rejects(
      evaluateText(text, scope()),
      { code: 'InvalidTemplate', message: expected },
      text,
    )
  }
})
