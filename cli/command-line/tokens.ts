import { type Add, subcommand, connectOptions, adminOption, outputOption } from './shared.ts'

export const addToken: Add = (program, io, finish) => {
  const token = subcommand(program, 'token', 'mint and explain tokens')
  connectOptions(subcommand(token, 'create', 'mint a SAS token and print it'))
    .option('--ttl <DURATION>', 'how long it is valid, e.g. 30s, 10m, 1h', '1h')
    .option(
      '--entity <PATH>',
      'hybrid connection it is for, in place of EntityPath; "" for the whole namespace',
    )
    .action(async (flags) => {
      const { createToken } = await import('../commands/token-create.ts')
      finish(await createToken(flags, io))
    })
  connectOptions(
    subcommand(token, 'inspect', 'explain a SAS token or JWT, and why it would be refused'),
  )
    .argument('<TOKEN>', 'the token; - reads it from standard input')
    .option('--config <FILE>', 'judge it by this configuration, without a running emulator')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (token: string, flags) => {
      const { inspectToken } = await import('../commands/token-inspect.ts')
      finish(await inspectToken(token, flags, io))
    })
}

export const addConnectionString: Add = (program, io, finish) => {
  subcommand(program, 'connection-string', 'print connection strings, every host variant')
    .argument('[NAMESPACE[/HYBRID-CONNECTION]]', 'only these')
    .option('--rule <NAME>', 'only those of this authorization rule')
    .option('--config <FILE>', 'configuration to read when no emulator runs')
    .option('--data-dir <DIR>', 'data folder to read when no emulator runs')
    .addOption(adminOption())
    .addOption(outputOption())
    .action(async (path: string | undefined, flags) => {
      const { connectionString } = await import('../commands/connection-string.ts')
      finish(await connectionString(path, flags, io))
    })
}
