import { formatTable } from '../../console/table.ts'
import { checkStamp, gatewayNames } from '../../protocol/gateway-names.ts'
import { loadConfiguration } from '../../server/config/load-configuration.ts'
import { CliError, EXIT } from '../failure.ts'
import type { CliIo } from '../io.ts'

/** A name a line, a file for a firewall's import, a table for people, a document for scripts. */
type GatewayListFormat = 'txt' | 'csv' | 'table' | 'json'

export type GatewayFlags = {
  readonly stamp?: string | undefined
  readonly config?: string | undefined
  readonly output: GatewayListFormat
}

/** The only port that listeners and senders dial. Source: relay-protocol 9.1. */
const PORT = 443

/** `gateways list`: the 256 names of a stamp. Throws 2 for what is no stamp, ConfigError. */
export async function listGateways(flags: GatewayFlags, io: CliIo): Promise<number> {
  const stamp = flags.stamp ?? (await configuredStamp(flags, io))
  const wrong = checkStamp(stamp)
  if (wrong !== undefined) {
    throw new CliError(
      EXIT.usage,
      `"${stamp}" is no stamp. ${wrong}`,
      'nslookup NAMESPACE.servicebus.windows.net, which answers ns-sb2-prod-STAMP.cloudapp.net',
    )
  }
  io.stdout.write(formatGateways(stamp, flags.output))
  return EXIT.fine
}

async function configuredStamp({ config }: GatewayFlags, io: CliIo): Promise<string> {
  const { cwd, env } = io
  const { network } = await loadConfiguration({ configFile: config, cwd, env, now: Date.now })
  return network.stamp
}

function formatGateways(stamp: string, format: GatewayListFormat): string {
  const rows = gatewayNames(stamp).map((name) => ({ name, protocol: 'TCP', port: PORT }))
  switch (format) {
    case 'txt':
      return lines(rows.map(({ name }) => name))
    case 'csv':
      return lines(['name,protocol,port', ...rows.map((row) => Object.values(row).join(','))])
    case 'table':
      return formatTable(
        [
          { title: 'name', of: ({ name }) => name },
          { title: 'protocol', of: ({ protocol }) => protocol },
          { title: 'port', of: ({ port }) => port },
        ],
        rows,
      )
    case 'json':
      return `${JSON.stringify(rows, null, 2)}\n`
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}
