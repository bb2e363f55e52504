import { readFile } from 'node:fs/promises'
import { startEmulator } from './emulator.ts'
import type { PeerKind } from './peer.ts'
import { connectListener } from './rendezvous-peer.ts'
import { tokenFrom } from './token.ts'

/** The emulator, started as a user starts it, with its default log. Senders bring a token. */
export const PRODUCT: PeerKind = product('relay-emulator')

/** The same without a log line for each tunnel. */
export const QUIET_PRODUCT: PeerKind = {
  ...product('relay-emulator, --log-level warn', ['--log-level', 'warn']),
  scenarios: ['connect'],
}

function product(name: string, flags: readonly string[] = []): PeerKind {
  return {
    name,
    transports: ['ws', 'wss'],
    isRunPerTunnel: false,
    missing: () => undefined,
    start: async (transport, tools) => {
      const emulator = await startEmulator(tools, flags)
      const { child, port, plainPort, caFile } = emulator
      const isTls = transport === 'wss'
      return connectListener({
        name,
        pid: child.pid,
        target: isTls ? { port, ca: await readFile(caFile, 'utf8') } : { port: plainPort },
        listenToken: tokenFrom(emulator.listenConnectionString),
        sendToken: tokenFrom(emulator.sendConnectionString),
        stop: () => tools.children.stop(child),
      })
    },
  }
}
