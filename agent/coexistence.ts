import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

/** Programs beside which Microsoft's manager cannot run, by the display names of their Windows services. */
const CONFLICTS = [
  { program: 'the Hybrid Connection Manager of BizTalk', service: /biztalk.*hybrid connection/i },
  {
    program: 'Service Bus for Windows Server',
    service: /^service bus (?:gateway|message broker|vss)\b|windows fabric host/i,
  },
] as const

/**
 * What the real manager would refuse to share a machine with; this agent does not mind. `services` are display names.
 * Source: the documentation of hybrid connections, "Troubleshooting".
 */
export function coexistenceWarnings(services: readonly string[]): readonly string[] {
  return CONFLICTS.flatMap(({ program, service }) => {
    const found = services.find((name) => service.test(name))
    return found === undefined
      ? []
      : [
          `${program} is installed here (service "${found}"): the real Hybrid Connection Manager cannot run beside it`,
        ]
  })
}

/** Display names of the services of this machine; none but on Windows, where alone those programs exist. */
export async function installedServices(): Promise<readonly string[]> {
  if (process.platform !== 'win32') return []
  try {
    const { stdout } = await promisify(execFile)('sc.exe', ['query', 'state=', 'all'])
    return displayNames(stdout)
  } catch {
    // A warning that cannot be given is no reason to fail.
    return []
  }
}

/** Reads the output of `sc query`. */
export function displayNames(output: string): readonly string[] {
  return [...output.matchAll(/^\s*DISPLAY_NAME:\s*(.+?)\s*$/gm)].map(([, name = '']) => name)
}
