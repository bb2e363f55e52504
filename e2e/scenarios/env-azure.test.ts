import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { test } from 'tap'
import { ROOT, runCli, startCli } from '../harness/cli.ts'

/** What a program of a user does that reads nothing but its environment (management-plane 1.8). */
const PROGRAM = `
import { EnvironmentCredential } from '@azure/identity'
import { RelayAPI } from '@azure/arm-relay'
const { AZURE_RESOURCE_MANAGER_URL: url, AZURE_SUBSCRIPTION_ID: subscription } = process.env
const credential = new EnvironmentCredential({ disableInstanceDiscovery: true })
const credentialScopes = 'https://management.azure.com/.default'
const relay = new RelayAPI(credential, subscription, { $host: url, endpoint: url, credentialScopes })
for await (const { name } of relay.namespaces.list()) process.stdout.write(name)
`

test(
  'with the variables of env --azure alone an SDK signs in and finds the namespaces',
  { skip: process.platform === 'win32' && 'no sh' },
  async (t) => {
    const { env } = await startCli(t)
    const printed = await runCli(
      ['env', '--azure', '--shell', 'posix', '--data-dir', t.testdir({})],
      {
        env,
      },
    )
    t.equal(printed.code, 0, printed.stderr)
    const { stdout } = await promisify(execFile)(
      'sh',
      [
        '-c',
        `${printed.stdout}\nexec "$0" "$@"`,
        process.execPath,
        '--input-type=module',
        '-e',
        PROGRAM,
      ],
      { cwd: ROOT, env: { PATH: process.env['PATH'] } },
    )
    t.equal(stdout, 'local-relay')
  },
)
