import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type Test, test } from 'tap'
import { startAgent } from '../harness/agent.ts'
import { CLI } from '../harness/cli.ts'
import { startPostgres } from '../harness/postgres.ts'
import { hasProgram } from '../harness/require-program.ts'
import { startServer } from '../harness/server-program.ts'
import { freePort, runApp, serve, startAppRelay, withoutNamespaces } from './app-fixture.ts'

const IS_ROOT = process.getuid?.() === 0

test('ssh reaches a real sshd by ProxyCommand', async (t) => {
  if (!hasProgram(t, 'ssh') || !hasProgram(t, 'sshd') || !hasProgram(t, 'ssh-keygen')) return
  const folder = await temporaryFolder(t)
  const { port, key } = await startSshd(t, folder)
  const relay = await startAppRelay(t, { ssh: 'host.corp.example:22' })
  await serve(t, relay, 'ssh', port)
  const secret = join(folder, 'connection')
  await writeFile(secret, relay.send('ssh'), { mode: 0o600 })
  const proxy = `${process.execPath} ${CLI} app forward --stdio --connect-file ${secret}`
  const config = {
    ProxyCommand: proxy,
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    LogLevel: 'ERROR',
  }
  const options = Object.entries(config).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const ssh = spawn(
    'ssh',
    ['-F', '/dev/null', ...options, 'host.corp.example', 'echo over ssh; cat | wc -c'],
    {
      env: { PATH: process.env['PATH'], HOME: folder, ...relay.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  ssh.stdin.end(Buffer.alloc(1_000_000))
  const outcome = await ending(ssh)
  t.match(outcome, { code: 0, stdout: 'over ssh\n1000000\n' }, outcome.stderr)
})

test(
  'psql queries a real PostgreSQL under app run, and copies through it',
  { skip: withoutNamespaces() },
  async (t) => {
    const postgres = await startPostgres(t)
    if (!postgres) return
    const { port } = postgres
    const relay = await startAppRelay(t, { sql: 'db.corp.example:5432' })
    const agent = await startAgent(t, relay, {
      args: ['--connect-to', `db.corp.example:5432:127.0.0.1:${port}`],
    })
    await agent.add(relay.listen('sql'))
    const psql = (sql: string, stdin = '') => {
      const words = [
        postgres.psql,
        '-XAtq',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        'db.corp.example',
        '-U',
        'tester',
        '-d',
        'postgres',
        '-c',
        sql,
      ]
      return runApp(relay, ['app', 'run', '-q', '--connect', relay.send('sql'), '--', ...words], {
        stdin,
      })
    }
    t.match(await psql('select 40 + 2'), { code: 0, stdout: '42\n', stderr: '' })
    const rows = Array.from({ length: 100_000 }, (_, n) => `${n}\trow ${n}\n`).join('')
    t.match(await psql('create table copied (n int, label text)'), { code: 0 })
    t.match(await psql('copy copied from stdin', rows), { code: 0, stderr: '' })
    t.equal((await psql('copy copied to stdout')).stdout, rows)
  },
)

/** A folder that any user may enter, as PostgreSQL runs as another one. */
async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-emulator-programs-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  return folder
}

async function startSshd(t: Test, folder: string): Promise<{ port: number; key: string }> {
  const [hostKey, key] = [join(folder, 'host_key'), join(folder, 'user_key')]
  for (const file of [hostKey, key]) {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  }
  await copyFile(`${key}.pub`, join(folder, 'authorized_keys'))
  // The distribution makes it at boot; a root's sshd insists on it.
  if (IS_ROOT && !existsSync('/run/sshd')) {
    await mkdir('/run/sshd', { mode: 0o755 })
    t.teardown(() => rmdir('/run/sshd'))
  }
  const port = await freePort()
  const config = join(folder, 'sshd_config')
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ]
  await writeFile(config, `${settings.join('\n')}\n`)
  const file = spawnSync('which', ['sshd'], { encoding: 'utf8' }).stdout.trim()
  const command = [file, '-D', '-e', '-f', config]
  await startServer(t, { command, ready: 'Server listening on', stop: 'SIGTERM' })
  return { port, key }
}

async function ending(child: ReturnType<typeof spawn>) {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
