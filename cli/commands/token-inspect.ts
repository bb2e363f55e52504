import type { TokenInspection, TokenVerdict } from '../../server/dashboard/contract.ts'
import { adminClient } from '../admin-client.ts'
import type { AdminFlags } from '../admin-client.ts'
import { readConnect, readText } from '../connect-input.ts'
import type { ConnectFlags } from '../connect-input.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { localSettings } from '../local-settings.ts'
import { tokenKind } from '../../protocol/sas.ts'
import { formatTable } from '../../console/table.ts'
import { explainToken } from '../token-explanation.ts'
import type { TokenExplanation, TokenField } from '../token-explanation.ts'
import { describeVerdict, judgeByKey } from '../token-verdict.ts'

export type InspectTokenFlags = ConnectFlags &
  AdminFlags & { readonly config?: string | undefined; readonly output: 'table' | 'json' }

/** Who judged, and what came of it; null when nobody could be asked. */
type Judgement = { readonly by: string; readonly verdicts: readonly TokenVerdict[] } | null

/**
 * `token inspect`: explains a token offline and, with a connection string, a configuration or a running emulator
 * at hand, says whether it would be taken. Exits 1 for what is no token at all.
 */
export async function inspectToken(
  given: string,
  flags: InspectTokenFlags,
  io: CliIo,
  nowMs = Date.now(),
): Promise<number> {
  if (given === '-' && flags.connectFile === '-')
    throw new CliError(EXIT.usage, 'the token and --connect-file cannot both be standard input')
  const token = given === '-' ? await readText('-', io) : given.trim()
  const explanation = explainToken(token, nowMs)
  const judgement = explanation.kind === 'unknown' ? null : await judge(token, flags, io, nowMs)
  io.stdout.write(
    flags.output === 'json'
      ? `${JSON.stringify({ ...explanation, judgedBy: judgement?.by ?? null, verdicts: judgement?.verdicts ?? [] }, null, 2)}\n`
      : formatInspection(explanation, judgement),
  )
  return explanation.kind === 'unknown' ? EXIT.failed : EXIT.fine
}

async function judge(
  token: string,
  flags: InspectTokenFlags,
  io: CliIo,
  nowMs: number,
): Promise<Judgement> {
  // Keys and configuration say nothing of a JWT: its issuer and the roles at hand decide.
  if (tokenKind(token) === 'jwt') return judgeByEmulator(token, flags, io)
  const connection = await readConnect(flags, io)
  if (connection) {
    if (connection.sharedAccessKey === undefined)
      throw new CliError(EXIT.usage, 'the connection string holds no SharedAccessKey to judge by')
    const code = judgeByKey(token, connection, nowMs)
    const hybridConnection = `${connection.host}/${connection.entityPath ?? '*'}`
    const verdicts = (['listen', 'send'] as const).map((action) => ({
      action,
      hybridConnection,
      ok: code === null,
      code,
    }))
    return { by: 'the connection string (which does not tell the rights of its rule)', verdicts }
  }
  if (flags.config !== undefined) {
    const { namespaces } = await localSettings({ config: flags.config }, io)
    const { inspectToken: inspect } = await import('../../server/dashboard/token-inspection.ts')
    return {
      by: flags.config,
      verdicts: (await inspect(token, { namespaces, asked: namespaces }, nowMs)).verdicts,
    }
  }
  return judgeByEmulator(token, flags, io)
}

/** Nobody has to run: only an emulator that was named must answer. */
async function judgeByEmulator(token: string, flags: AdminFlags, io: CliIo): Promise<Judgement> {
  const admin = adminClient(flags, io.env)
  try {
    const { verdicts } = await admin.post<TokenInspection>('/tokens/inspect', { token })
    return { by: `the emulator at ${admin.url.origin}`, verdicts }
  } catch (error) {
    const isAsked = flags.admin !== undefined || Boolean(io.env.RELAY_EMULATOR_ADMIN_URL)
    if (!isAsked && error instanceof CliError && error.exitCode === EXIT.unreachable) return null
    throw error
  }
}

/** The explanation and the verdicts for people. */
function formatInspection(explanation: TokenExplanation, judgement: Judgement): string {
  const titles = { sas: 'A SAS token', jwt: 'A JWT (Entra ID)', unknown: 'Not a token' }
  const { refusal } = explanation
  const lines = [`${titles[explanation.kind]}\n`]
  if (explanation.fields.length > 0) lines.push(formatTable(FIELD_COLUMNS, explanation.fields))
  if (refusal) lines.push(`\nIt would be refused with ${refusal.code}: ${refusal.message}\n`)
  if (judgement)
    lines.push(`\nJudged by ${judgement.by}:\n`, formatTable(VERDICT_COLUMNS, judgement.verdicts))
  else if (explanation.kind !== 'unknown') lines.push(`\n${HOW_TO_JUDGE}\n`)
  return lines.join('')
}

const HOW_TO_JUDGE =
  'Signature and rights were not checked: start the emulator, or for a SAS token give --connect, --connect-file or --config.'

const FIELD_COLUMNS = [
  { title: 'field', of: (field: TokenField) => field.name },
  { title: 'value', of: (field: TokenField) => field.value },
  { title: 'meaning', of: (field: TokenField) => field.meaning },
]

const VERDICT_COLUMNS = [
  { title: 'hybrid connection', of: (row: TokenVerdict) => row.hybridConnection },
  { title: 'action', of: (row: TokenVerdict) => row.action },
  { title: 'verdict', of: describeVerdict },
]
