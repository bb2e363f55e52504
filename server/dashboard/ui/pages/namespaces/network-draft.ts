import type { ListenerRow, NetworkRules } from '../../../contract.ts'

/** Rules as they are edited: without hits. */
export type Draft = Omit<NetworkRules, 'ipRules'> & { readonly ipRules: readonly DraftRule[] }
export type DraftRule = Omit<NetworkRules['ipRules'][number], 'hits'>

export function draftOf({ publicNetworkAccess, defaultAction, ipRules }: NetworkRules): Draft {
  return {
    publicNetworkAccess,
    defaultAction,
    ipRules: ipRules.map(({ ipMask, action }) => ({ ipMask, action })),
  }
}

export function isSameDraft(one: Draft, other: Draft): boolean {
  return JSON.stringify(written(one)) === JSON.stringify(written(other))
}

/** Nothing there to be saved: it is as stored, or a rule has no address yet. */
export function isUnchanged(draft: Draft, base: Draft): boolean {
  return isSameDraft(draft, base) || draft.ipRules.some(({ ipMask }) => ipMask.trim() === '')
}

/** What a call sends. */
export function written({ publicNetworkAccess, defaultAction, ipRules }: Draft): Draft {
  return {
    publicNetworkAccess,
    defaultAction,
    ipRules: ipRules.map(({ ipMask, action }) => ({ ipMask: ipMask.trim(), action })),
  }
}

export const LOOPBACK = '127.0.0.1'

/** Whom a refused address concerns: programs on this machine, or listeners by name. */
export function namesAt(address: string, listeners: readonly ListenerRow[]): readonly string[] {
  const there = listeners.filter(({ remote }) => addressOf(remote) === address)
  const named = there.map(
    ({ label, namespace, hybridConnection }) =>
      `listener ${label} of ${namespace}/${hybridConnection}`,
  )
  return address === LOOPBACK ? ['programs on this machine', ...named] : named
}

/** The address of `127.0.0.1:52110` or `[::1]:52110`. */
export function addressOf(remote: string): string {
  return remote.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}
