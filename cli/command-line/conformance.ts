import { Option } from 'commander'
import { type Add, repeatable, subcommand } from './shared.ts'

const ROLES = ['relay', 'listener', 'sender']

export const addConformance: Add = (program, io, finish) => {
  subcommand(
    program,
    'conformance',
    'hold a relay, a listener or a sender against the protocol, case by case',
  )
    .usage('[options] [-- COMMAND [ARGUMENTS...]]')
    .argument('[COMMAND...]', 'starts the listener or sender under test')
    .addOption(new Option('--role <ROLE>', 'what is tested').choices(ROLES).default('relay'))
    .option('--target <CONNECTION-STRING>', 'relay: a hybrid connection, best with the root rule')
    .option('--target-file <FILE>', 'read it from a file, - for standard input')
    .addOption(
      repeatable(
        '--also <CONNECTION-STRING>',
        'relay: more of the namespace, e.g. a rule with Listen alone, an anonymous hybrid connection',
      ),
    )
    .addOption(repeatable('--also-file <FILE>', 'read one of them from a file'))
    .option('--ca <FILE>', 'relay: CA that is trusted as well (RELAY_EMULATOR_CA)')
    .option('--admin <URL>', "relay: the emulator's API, for the cases that need it")
    .addOption(repeatable('--suite <NAME>', 'run only this suite or case; may be repeated'))
    .addOption(repeatable('--without <FEATURE>', 'client: what it cannot do; may be repeated'))
    .addOption(
      repeatable(
        '--report <FORM>',
        'tap (default), junit=FILE, html=FILE or json=FILE; repeatable',
      ),
    )
    .option('--max-wait <DURATION>', 'leave out cases that wait longer by their nature, e.g. 10s')
    .option('--patience <DURATION>', 'how long one thing may take to come', '8s')
    .option('--jobs <N>', 'relay: cases at a time', '6')
    .option('--list', 'print the cases and run none')
    .passThroughOptions()
    .action(async (command: string[], flags) => {
      const { conformance } = await import('../commands/conformance.ts')
      finish(await conformance(command, flags, io))
    })
}
