import { test } from 'tap'
import {
  checkHybridConnectionName,
  checkNamespaceName,
  checkRights,
  checkRuleName,
} from './names.ts'

const cases = [
  {
    what: 'namespace',
    check: checkNamespaceName,
    good: ['contoso', 'local-relay', 'A12345', 'a'.repeat(50), 'abc-sbx'],
    bad: [
      '',
      'short',
      'a'.repeat(51),
      '1abcdef',
      '-abcdef',
      'abcdef-',
      'abc.def',
      'abc_def',
      'contoso-sb',
      'contoso-MGMT',
      'abcdéf',
    ],
  },
  {
    what: 'hybrid connection',
    check: checkHybridConnectionName,
    good: ['a', 'a/b/c', 'A.b-c_d', '1', 'x'.repeat(260)],
    bad: ['', '/a', 'a/', '.a', 'a-', 'a b', 'a?b', '$hc', 'x'.repeat(261), 'ä', 'a\n'],
  },
  {
    what: 'rule',
    check: checkRuleName,
    good: ['a', 'RootManageSharedAccessKey', 'a.b-c_d', 'x'.repeat(50)],
    bad: ['', 'a/b', '_a', 'a.', 'a b', 'x'.repeat(51)],
  },
]

for (const { what, check, good, bad } of cases) {
  test(`a ${what} name is checked by the rules of Azure`, (t) => {
    for (const name of good) t.equal(check(name), undefined, name)
    for (const name of bad) t.match(check(name), /^A .*\.$/, name)
    t.end()
  })
}

test('Manage needs the other rights, and every rule needs one', (t) => {
  t.equal(checkRights(['Listen']), undefined)
  t.equal(checkRights(['Manage', 'Send', 'Listen']), undefined)
  for (const rights of [
    [],
    ['listen'],
    ['Read'],
    ['Manage'],
    ['Manage', 'Send'],
    ['Send', 'Send'],
  ]) {
    t.type(checkRights(rights), 'string', rights.join())
  }
  t.end()
})
