import { test } from 'tap'
import { findProgram, windowsCommand } from './windows-command.ts'

test('a bare word is looked for along PATH with the extensions of PATHEXT', async (t) => {
  const files = new Set(['C:\\node\\npm.CMD', 'C:\\node\\node.EXE'])
  const env = { Path: 'C:\\other;C:\\node', PATHEXT: '.EXE;.CMD' }
  const find = (word: string) => findProgram(word, env, (file) => files.has(file))
  t.equal(find('npm'), 'C:\\node\\npm.CMD')
  t.equal(find('node'), 'C:\\node\\node.EXE')
  t.equal(find('missing'), 'missing')
  t.equal(find('C:\\node\\npm'), 'C:\\node\\npm.CMD')
})

test('programs run directly, batch files through cmd.exe with everything escaped', async (t) => {
  t.same(windowsCommand('node.exe', ['a b'], {}), {
    file: 'node.exe',
    args: ['a b'],
    verbatim: false,
  })
  const { file, args, verbatim } = windowsCommand('C:\\x y\\npm.cmd', ['a&b', 'say "hi"'], {})
  t.equal(file, 'cmd.exe')
  t.equal(verbatim, true)
  t.same(args.slice(0, 3), ['/d', '/s', '/c'])
  const line = args[3] ?? ''
  t.ok(line.startsWith('"C:\\x^ y\\npm.cmd ^^^"a^^^&b^^^" '), line)
  t.notMatch(line, /[^^]&/, 'no bare operator is left')
})
