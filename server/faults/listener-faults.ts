import type { DropMeans } from '../dashboard/contract.ts'

/**
 * What befalls all listeners of one hybrid connection at once. Each resolves with how many there were, when the last of
 * them is gone. Tunnels stay.
 */
export interface ListenerFaults {
  dropListeners(namespace: string, hybridConnection: string, how: DropMeans): Promise<number>
  /** Ends them as the end of their tokens would. */
  expireTokens(namespace: string, hybridConnection: string): Promise<number>
}
