// npm start [-- FLAGS]: the sandbox, ready to try.
import { runCli } from './lib/run-cli.mjs'

await runCli(['sandbox', ...process.argv.slice(2)])
