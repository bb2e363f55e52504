import { EventEmitter } from 'node:events'
import { type PortForwarder, type TunnelSource, forwardPort } from './port-forwarder.ts'
import { redirectAddresses } from './redirect-addresses.ts'
import type { HostEntry } from './redirect-hosts.ts'

/** An endpoint as a program names it, and the hybrid connection that leads there. */
export type RedirectTarget = {
  readonly host: string
  readonly port: number
  readonly sender: TunnelSource
}

/** Where the connections to one endpoint are to go. */
export type Redirection = HostEntry & {
  /** The endpoint's port. */
  readonly port: number
  /** Where it is listened for at `address`. */
  readonly localPort: number
}

export type DnsRedirectEvents = {
  /** A connection to this endpoint could not be led through, or broke. */
  fault: [endpoint: string, error: Error]
}

/**
 * Gives each host a loopback address of its own and leads the endpoints' own ports there, so that a program need only
 * resolve the name to it. Rejects with the error of `listen`: EACCES for a port that needs privilege, EADDRNOTAVAIL
 * where the machine has one loopback address only.
 */
export function redirectByAddress(targets: readonly RedirectTarget[]): Promise<DnsRedirect> {
  return openAll(async (redirect) => {
    const taken = new Set<string>()
    for (const group of byHost(targets)) {
      taken.add(await listenTogether(redirect, group, taken))
    }
  })
}

/** Leads each endpoint to a free port of 127.0.0.1: for programs whose connections can be given another port as well. */
export function redirectByPort(targets: readonly RedirectTarget[]): Promise<DnsRedirect> {
  return openAll(async (redirect) => {
    for (const target of targets) await redirect.lead(target, '127.0.0.1', 0)
  })
}

/** Adds an endpoint to open redirections: at its host's address, or a new one. Answers the address. */
export async function addByAddress(redirect: DnsRedirect, target: RedirectTarget): Promise<string> {
  const host = target.host.toLowerCase()
  const known = redirect.redirections.find((each) => each.host.toLowerCase() === host)
  if (known) {
    await redirect.lead(target, known.address, target.port)
    return known.address
  }
  const taken = new Set(redirect.redirections.map(({ address }) => address))
  return listenTogether(redirect, [target], taken)
}

/** Open redirections. Made by {@link redirectByAddress} or {@link redirectByPort}. */
export class DnsRedirect extends EventEmitter<DnsRedirectEvents> implements AsyncDisposable {
  readonly #open = new Map<Redirection, PortForwarder>()

  get redirections(): readonly Redirection[] {
    return [...this.#open.keys()]
  }

  /** Use {@link redirectByAddress} or {@link redirectByPort}. */
  async lead({ host, port, sender }: RedirectTarget, address: string, at: number): Promise<void> {
    const forwarder = await forwardPort({ sender, host: address, port: at })
    forwarder.on('fault', (error) => this.emit('fault', `${host}:${port}`, error))
    this.#open.set({ host, port, address, localPort: forwarder.address.port }, forwarder)
  }

  /** Gives up what leads to `address`. */
  async drop(address: string): Promise<void> {
    const dropped = [...this.#open].filter(([redirection]) => redirection.address === address)
    for (const [redirection] of dropped) this.#open.delete(redirection)
    await Promise.all(dropped.map(([, forwarder]) => forwarder.close()))
  }

  /** Gives up one endpoint: its port is refused from now on, and what is open is cut. */
  async release(host: string, port: number): Promise<void> {
    const found = [...this.#open].find(
      ([each]) => each.host.toLowerCase() === host.toLowerCase() && each.port === port,
    )
    if (!found) return
    this.#open.delete(found[0])
    await found[1].close()
  }

  /** Listens no more and cuts what is open. */
  async close(): Promise<void> {
    const forwarders = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(forwarders.map((forwarder) => forwarder.close()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

async function openAll(open: (redirect: DnsRedirect) => Promise<void>): Promise<DnsRedirect> {
  const redirect = new DnsRedirect()
  try {
    await open(redirect)
    return redirect
  } catch (error) {
    await redirect.close()
    throw error
  }
}

function byHost(targets: readonly RedirectTarget[]): Iterable<readonly RedirectTarget[]> {
  const groups = new Map<string, RedirectTarget[]>()
  for (const target of targets) {
    const host = target.host.toLowerCase()
    groups.set(host, [...(groups.get(host) ?? []), target])
  }
  return groups.values()
}

/** Listens for all ports of one host at one address; answers the address. */
async function listenTogether(
  redirect: DnsRedirect,
  targets: readonly RedirectTarget[],
  taken: ReadonlySet<string>,
): Promise<string> {
  let busy: unknown
  for (const address of redirectAddresses(targets[0]?.host ?? '')) {
    if (taken.has(address)) continue
    try {
      for (const target of targets) await redirect.lead(target, address, target.port)
      return address
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      busy = error
      await redirect.drop(address)
    }
  }
  throw busy
}
