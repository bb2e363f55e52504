import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { test } from 'tap'
import { lastLines, LogFile } from './log-file.ts'

test('a log never grows beyond its bound, and the oldest file goes first', async (t) => {
  const folder = t.testdir()
  const log = new LogFile(folder, { maxBytes: 100, keep: 2 })
  for (let line = 1; line <= 50; line += 1) log.write(`line ${line}\n`.padStart(20, '.'))
  log.close()
  t.strictSame(await readdir(folder), ['hcm.log', 'hcm.log.1', 'hcm.log.2'])
  for (const file of await readdir(folder)) {
    const { size, mode } = await stat(join(folder, file))
    t.ok(size <= 100, file)
    if (process.platform !== 'win32') t.equal(mode & 0o777, 0o600, file)
  }
  t.match(await readFile(join(folder, 'hcm.log'), 'utf8'), /line 50/)
  t.match(await readFile(join(folder, 'hcm.log.1'), 'utf8'), /line 45/)
})

test('a log is continued, and its last whole lines are found again', async (t) => {
  const folder = t.testdir({ 'hcm.log': 'one\ntwo\n' })
  const log = new LogFile(folder)
  log.write('three\n')
  log.write('cut')
  log.close()
  log.write('too late\n')
  t.strictSame(await lastLines(folder, 2), ['two', 'three'])
  t.strictSame(await lastLines(join(folder, 'none'), 2), [])
})
