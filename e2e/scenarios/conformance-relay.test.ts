import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { Report } from '../conformance/index.ts'
import type { ListenerRow } from '../../server/dashboard/contract.ts'
import { type StartedCli, runCli, startCli } from '../harness/cli.ts'

/** Connection strings of a running emulator's hybrid connections, and everything they hold that is secret. */
function stringsOf({ ready }: StartedCli) {
  const [demo, open] = ready.namespaces[0]?.hybridConnections ?? []
  if (!demo || !open) throw new Error('the default hybrid connections are missing')
  const all = [demo, open].flatMap((entity) => [
    entity.connectionString,
    entity.listenConnectionString,
    entity.sendConnectionString,
  ])
  const keys = all.map((text) => /SharedAccessKey=([^;]*)/.exec(text)?.[1] ?? '')
  return { demo, open, keys: [...new Set(keys)] }
}

const target = (connectionString: string) => ['conformance', '--target', connectionString]

async function checkClosed(t: Test, emulator: StartedCli): Promise<void> {
  const { items } = (await (
    await fetch(`${emulator.ready.admin.url}/api/v1/listeners`)
  ).json()) as { items: readonly Pick<ListenerRow, 'ended'>[] }
  const live = items.filter(({ ended }) => ended === null)
  t.strictSame(live, [], 'no listener is left behind')
}

test('the emulator passes every case with its default limits, the long waits included', async (t) => {
  const emulator = await startCli(t)
  const { demo, open, keys } = stringsOf(emulator)
  const folder = t.testdir({})
  const files = {
    json: join(folder, 'r.json'),
    junit: join(folder, 'r.xml'),
    html: join(folder, 'r.html'),
  }
  const { code, stdout, stderr } = await runCli([
    ...target(demo.connectionString),
    ...[open.connectionString, demo.listenConnectionString, demo.sendConnectionString].flatMap(
      (also) => ['--also', also],
    ),
    ...[
      '--ca',
      emulator.ready.caFile ?? '',
      '--admin',
      emulator.ready.admin.url,
      '--report',
      'tap',
    ],
    ...Object.entries(files).flatMap(([form, file]) => ['--report', `${form}=${file}`]),
  ])
  t.equal(code, 0, stderr)
  const report = JSON.parse(await readFile(files.json, 'utf8')) as Report
  for (const { id, status, reason } of report.results)
    t.equal(status, 'passed', `${id}: ${reason ?? ''}`)
  t.ok(report.results.length > 400)
  t.ok(report.durationMs < 300_000, 'it ends within 5 minutes')
  t.match(stdout, new RegExp(`^TAP version 14\n#[^\n]*\n1\\.\\.${report.results.length}\nok 1 - `))
  t.equal(stdout.match(/^ok \d+ - /gm)?.length, report.results.length)
  t.equal((await readFile(files.junit, 'utf8')).match(/<testcase /g)?.length, report.results.length)
  const texts = [
    stdout,
    stderr,
    ...(await Promise.all(Object.values(files).map((file) => readFile(file, 'utf8')))),
  ]
  for (const text of texts) {
    t.notOk(keys.some((key) => text.includes(key) || text.includes(encodeURIComponent(key))))
    t.notMatch(text, /sig=(?!\*)[^&\s"]/)
  }
  await checkClosed(t, emulator)
})
