import { EXIT } from '../../console/command-failure.ts'
import type { ProgramIo } from '../../console/program-io.ts'
import { findCloud } from '../azure/cloud.ts'
import { deviceLogin } from '../azure/device-login.ts'
import { httpsJson } from '../azure/https-json.ts'
import { keepLogin } from '../azure/login-file.ts'
import { type CaFlags, readCa, stateDirOf, type StateFlags } from './settings.ts'

export type LoginFlags = StateFlags &
  CaFlags & {
    readonly arm?: string | undefined
    readonly tenant?: string | undefined
  }

/** `hcm login`: signs a person in by a device code and keeps the access token for the next `hcm add`. */
export async function login(flags: LoginFlags, io: ProgramIo): Promise<number> {
  const http = httpsJson(await readCa(flags, io))
  const cloud = await findCloud(flags.arm || io.env['AZURE_RESOURCE_MANAGER_URL'], http)
  const tenant = flags.tenant || io.env['AZURE_TENANT_ID'] || 'organizations'
  const token = await deviceLogin(cloud, tenant, {
    http,
    tell: (line) => void io.stderr.write(`${line}\n`),
    now: Date.now,
  })
  await keepLogin(stateDirOf(flags, io), { armUrl: cloud.armUrl, ...token })
  const until = new Date(token.expiresAtMs).toISOString()
  io.stderr.write(
    `hcm: signed in at ${cloud.armUrl} until ${until}; the next hcm add uses this login and deletes it\n`,
  )
  return EXIT.fine
}
