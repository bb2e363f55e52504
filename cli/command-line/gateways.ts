import { Option } from 'commander'
import { type Add, subcommand } from './shared.ts'

export const addGateways: Add = (program, io, finish) => {
  const gateways = subcommand(program, 'gateways', "the machines behind a namespace's name")
  subcommand(gateways, 'list', 'the names a firewall must allow beside those of the namespaces')
    .option('--stamp <STAMP>', 'group of gateways, e.g. dm3-010; of the configuration if left out')
    .option('--config <FILE>', 'configuration that names the stamp')
    .addOption(
      new Option('-o, --output <FORMAT>', 'form of the output')
        .choices(['txt', 'csv', 'table', 'json'])
        .default('txt'),
    )
    .action(async (flags) => {
      const { listGateways } = await import('../commands/gateways.ts')
      finish(await listGateways(flags, io))
    })
}
