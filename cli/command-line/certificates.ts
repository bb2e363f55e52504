import { type Add, subcommand, caOptions } from './shared.ts'

export const addCert: Add = (program, io, finish) => {
  const cert = subcommand(program, 'cert', "the emulator's CA and certificate")
  caOptions(subcommand(cert, 'ca', 'print the CA certificate')).action(async (flags) => {
    const { printCa } = await import('../commands/cert.ts')
    finish(await printCa(flags, io))
  })
  caOptions(subcommand(cert, 'bundle', 'print the CA together with the public roots'))
    .option('--out <FILE>', 'write there in place of standard output')
    .action(async (flags) => {
      const { printBundle } = await import('../commands/cert.ts')
      finish(await printBundle(flags, io))
    })
  caOptions(
    subcommand(cert, 'trust', 'print the commands that make each runtime trust the CA'),
  ).action(async (flags) => {
    const { printTrust } = await import('../commands/cert.ts')
    finish(await printTrust('trust', flags, io))
  })
  caOptions(subcommand(cert, 'untrust', 'print the commands that take the trust back')).action(
    async (flags) => {
      const { printTrust } = await import('../commands/cert.ts')
      finish(await printTrust('untrust', flags, io))
    },
  )
  subcommand(cert, 'renew', 'issue a new server certificate, also for more names')
    .option('--host <NAME...>', 'further names or addresses it is for')
    .option('--config <FILE>', 'configuration whose hosts it is for as well')
    .option('--data-dir <DIR>', 'data folder of the CA')
    .action(async (flags) => {
      const { renew } = await import('../commands/cert-renew.ts')
      finish(await renew(flags, io))
    })
}
