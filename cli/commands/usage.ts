import type { UsageReport, UsageRow } from '../../server/dashboard/contract.ts'
import { formatTable } from '../../console/table.ts'
import { type AdminFlags, adminClient } from '../admin-client.ts'
import { EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

export type UsageFlags = AdminFlags & { readonly output: 'table' | 'json' }

/** Prints how many listeners Azure would bill: every agent of every hybrid connection is one. */
export async function usage(flags: UsageFlags, io: CliIo): Promise<number> {
  const report = await adminClient(flags, io.env).get<UsageReport>('/usage')
  io.stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : formatUsage(report),
  )
  return EXIT.fine
}

function formatUsage({ since, listeners, items }: UsageReport): string {
  const word = listeners === 1 ? 'listener' : 'listeners'
  return [
    formatTable(COLUMNS, items),
    `${listeners} ${word} now, counted since ${since}.\n`,
    'The emulator costs nothing; this is what Azure would count.\n',
  ].join('')
}

const COLUMNS = [
  {
    title: 'hybrid connection',
    of: (row: UsageRow) => `${row.namespace}/${row.hybridConnection}`,
  },
  { title: 'listeners', of: (row: UsageRow) => row.now },
  { title: 'peak', of: (row: UsageRow) => row.peak },
  { title: 'listener hours', of: (row: UsageRow) => row.listenerHours },
  { title: 'bytes', of: (row: UsageRow) => row.bytes },
]
