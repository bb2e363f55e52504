import { test } from 'tap'
import { expandShortOptions } from './short-options.ts'

test('-ns and -rg become what they stand for, and -n stays what it is (product 5)', (t) => {
  t.strictSame(expandShortOptions(['show', '-ns', 'contoso', '-n', 'sql']), [
    'show',
    '--namespace',
    'contoso',
    '-n',
    'sql',
  ])
  t.strictSame(expandShortOptions(['add', '-rg=g', '-ns=s', '-nsx', '--', '-ns']), [
    'add',
    '--resource-group=g',
    '--namespace=s',
    '-nsx',
    '--',
    '-ns',
  ])
  t.end()
})
