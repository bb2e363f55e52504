import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { CommandError, EXIT } from '../../console/command-failure.ts'
import { isObject, parseJson } from '../../protocol/json.ts'
import { withoutSlash } from './cloud.ts'
import { textOr } from './https-json.ts'
import type { AzureSession } from './session.ts'

const TIMEOUT_MS = 60_000
const run = promisify(execFile)

/** The login of the user's Azure CLI, for this one command. Undefined when there is no `az`; throws 4 when it has none. */
export async function azureCliSession(env: NodeJS.ProcessEnv): Promise<AzureSession | undefined> {
  const token = await az(['account', 'get-access-token'], env)
  if (token === undefined) return undefined
  const cloud = await az(['cloud', 'show'], env)
  const { accessToken } = token
  const { resourceManager } = isObject(cloud?.['endpoints']) ? cloud['endpoints'] : {}
  if (typeof accessToken !== 'string' || typeof resourceManager !== 'string') {
    throw new CommandError(EXIT.failed, 'az does not tell a token and a cloud', 'hcm login')
  }
  return { armUrl: withoutSlash(resourceManager), accessToken }
}

async function az(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const { stdout } = await run('az', [...words, '--output', 'json'], {
      env,
      timeout: TIMEOUT_MS,
      // On Windows `az` is a batch file. The words are ours, none comes from outside.
      shell: process.platform === 'win32',
    })
    const answer = parseJson(stdout)
    return isObject(answer) ? answer : {}
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: unknown }
    if (code === 'ENOENT') return undefined
    const [why] = textOr(stderr, '').trim().split('\n')
    throw new CommandError(
      EXIT.unauthorised,
      `the Azure CLI gives no token${why ? `: ${why}` : ''}`,
      'az login, or hcm login',
      { cause },
    )
  }
}
