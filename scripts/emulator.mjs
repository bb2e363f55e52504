// npm run emulator -- ARGS: the binary relay-emulator from the clone.
import { runCli } from './lib/run-cli.mjs'

await runCli(process.argv.slice(2))
