import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Client } from 'pg'
import { test } from 'tap'
import { startAgent } from '../harness/agent.ts'
import { startPostgres } from '../harness/postgres.ts'
import { startApp, startAppRelay } from './app-fixture.ts'

const ENDPOINT = 'db.onprem.example:5432'
const SESSIONS = 50
/** Rows of 1,023 hexadecimal digits and a line feed: 64 MiB. */
const ROWS = 65_536

test('a real PostgreSQL through agent and app forward: queries, 64 MiB of COPY each way, 50 sessions at once', async (t) => {
  const postgres = await startPostgres(t)
  if (!postgres) return
  const relay = await startAppRelay(t, { sql: ENDPOINT })
  const agent = await startAgent(t, relay, {
    args: ['--connect-to', `${ENDPOINT}:127.0.0.1:${postgres.port}`],
  })
  await agent.add(relay.listen('sql'))
  const forward = startApp(relay, ['app', 'forward', '--connect', relay.send('sql')])
  t.teardown(() => forward.stop())
  const port = Number(/:(\d+) -> /.exec(await forward.line('->'))?.[1])
  const settings = { host: '127.0.0.1', port, user: 'tester', database: 'postgres' }

  const client = new Client(settings)
  await client.connect()
  const query = async (sql: string, values: readonly unknown[] = []) =>
    (await client.query<{ value: string }>(sql, [...values])).rows[0]?.value
  t.equal(await query('select $1::int * 7 as value', [6]), 42)
  const line = 'left(repeat(md5(n::text), 32), 1023)'
  await client.query(
    `create table source as select ${line} as line from generate_series(1, ${ROWS}) n`,
  )
  await client.query('create table target (line text)')

  const psql = async (command: string) => {
    const words = ['-X', '-q', '-h', '127.0.0.1', '-p', String(port), '-U', 'tester']
    const child = spawn(postgres.psql, [...words, '-c', command, 'postgres'], {
      env: { PATH: process.env['PATH'], PGSSLMODE: 'disable' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    t.equal(code, 0, `${command}: ${errors}`)
  }
  const folder = t.testdir()
  const [down, again] = [join(folder, 'down'), join(folder, 'again')]
  await psql(`\\copy source to '${down}'`)
  await psql(`\\copy target from '${down}'`)
  await psql(`\\copy target to '${again}'`)
  t.equal((await stat(down)).size, 64 * 1024 * 1024)
  t.equal(await digestOfFile(again), await digestOfFile(down))
  const digest = 'select md5(string_agg(line, chr(10) order by line)) as value from'
  t.equal(await query(`${digest} target`), await query(`${digest} source`))

  const clients = Array.from({ length: SESSIONS }, () => new Client(settings))
  await Promise.all(clients.map((each) => each.connect()))
  const here = `select count(*)::int as value from pg_stat_activity where client_port is not null`
  t.equal(await query(here), SESSIONS + 1, 'all at once')
  const answers = await Promise.all(
    clients.map((each, index) => each.query<{ value: number }>('select $1::int as value', [index])),
  )
  t.same(
    answers.map(({ rows }) => rows[0]?.value),
    clients.map((_, index) => index),
  )
  await Promise.all([client, ...clients].map((each) => each.end()))
})

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
