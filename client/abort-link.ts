/** A signal that follows others until it is released. */
export type AbortLink = { readonly signal: AbortSignal; release(): void }

/**
 * Follows `signals`: aborts with the reason of the first that does. In place of `AbortSignal.any`, of which Node 20 keeps
 * a trace in each of them for as long as they live.
 */
export function followSignals(...signals: readonly (AbortSignal | undefined)[]): AbortLink {
  const link = new AbortController()
  const onAbort = (event: Event) => follow(event.target as AbortSignal)
  const release = () => {
    for (const signal of signals) signal?.removeEventListener('abort', onAbort)
  }
  const follow = ({ reason }: AbortSignal) => {
    release()
    link.abort(reason)
  }
  for (const signal of signals) signal?.addEventListener('abort', onAbort)
  const aborted = signals.find((signal) => signal?.aborted)
  if (aborted) follow(aborted)
  return { signal: link.signal, release }
}
