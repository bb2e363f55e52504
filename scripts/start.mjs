// npm start [-- FLAGS]: the emulator, ready to try.
import { runCli } from './lib/run-cli.mjs'

await runCli(['start', ...process.argv.slice(2)])
