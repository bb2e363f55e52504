import { CommandError, EXIT } from '../../console/command-failure.ts'
import { azureCliSession } from './azure-cli.ts'
import { readLogin } from './login-file.ts'
import type { AzureSession } from './session.ts'

/** The login of `hcm login`, else that of the user's Azure CLI, which is used once and not kept. Throws 4 without any. */
export async function findSession(
  stateDir: string,
  env: NodeJS.ProcessEnv,
  nowMs: number,
): Promise<AzureSession> {
  const session = (await readLogin(stateDir, nowMs)) ?? (await azureCliSession(env))
  if (session) return session
  throw new CommandError(
    EXIT.unauthorised,
    'nobody is signed in to Azure: there is no login of hcm, and the Azure CLI (az) is not installed',
    'hcm add "CONNECTION-STRING", with the gateway connection string of the hybrid connection; or hcm login',
  )
}
