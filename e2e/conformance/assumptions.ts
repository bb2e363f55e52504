/** One question that the sources leave open, as the protocol document's section 11 counts them. */
export type Assumption = {
  readonly row: number
  readonly question: string
  /** What the emulator does. */
  readonly here: string
  /** Setting that changes it. */
  readonly setting?: string
  /** Why no case can tell what a relay does; left out where one can. */
  readonly unobserved?: string
}

/** Where nobody outside Microsoft knows. Cases name their row as `question`. */
export const ASSUMPTIONS: readonly Assumption[] = [
  {
    row: 1,
    question: 'status of an HTTP request without a listener',
    here: '404 `EndpointNotFound`; documents say 502 and 503',
  },
  {
    row: 2,
    question: 'status when nobody accepts in time',
    here: '404',
    setting: '`limits.acceptTimeoutStatus`',
  },
  {
    row: 3,
    question: 'status of the 26th listener',
    here: '403, naming `MaximumListenersPerEndpoint`',
  },
  {
    row: 4,
    question: 'a rendezvous address that is bad, used or late',
    here: '403 `Unknown Connection ID`',
  },
  {
    row: 5,
    question: 'a valid token without the right',
    here: '401; documents say 403',
    setting: '`limits.missingClaimStatus`',
  },
  {
    row: 6,
    question: 'clock skew and grace of tokens',
    here: 'none when connecting; control channels close when the token ends',
    setting: '`limits.tokenGraceSeconds`',
  },
  {
    row: 7,
    question: 'escapes in the path of `requestTarget`',
    here: 'decoded, but `%2F`, `%3F`, `%23`, `%25` and control characters',
  },
  {
    row: 8,
    question: 'which escapes in a query are rewritten',
    here: 'capital hex digits for bytes from 0x80, nothing else',
  },
  { row: 9, question: '`Host` in `requestHeaders`', here: 'present' },
  { row: 10, question: '`Expect: 100-continue`', here: 'answered by the relay, dropped' },
  { row: 11, question: 'trailers', here: 'dropped' },
  {
    row: 12,
    question: 'idle timeout of tunnels',
    here: 'none',
    unobserved: 'a run ends within 5 minutes',
  },
  { row: 13, question: 'WebSocket extensions', here: 'never negotiated' },
  {
    row: 14,
    question: 'ping and pong through a tunnel',
    here: 'answered on each side, not passed on',
  },
  {
    row: 15,
    question: 'two listeners with one `sb-hc-id`',
    here: 'both stay; the newest counts where a sender selects by id',
  },
  {
    row: 16,
    question: 'a rendezvous that ends after a complete response',
    here: "the sender's connection stays; it is cut when the response was incomplete",
  },
  {
    row: 17,
    question: '`Authorization` on a WebSocket upgrade',
    here: 'evaluated when a token is needed and stands nowhere else',
  },
  {
    row: 18,
    question: 'close code for the listener when the sender vanishes',
    here: 'its Close is passed on; without one TCP ends the same way',
  },
  { row: 19, question: 'a bad `renewToken`', here: '1008 at once' },
  {
    row: 20,
    question: 'more than 32 kB of headers',
    here: 'HTTP: over a rendezvous. WebSocket: 431 when `accept` would exceed 65,536 bytes',
  },
  { row: 21, question: 'whether the selection headers reach the listener', here: 'they do' },
  {
    row: 22,
    question: 'an `sb-hc-id` that is no GUID',
    here: 'kept if it begins with a GUID, else replaced',
  },
  {
    row: 23,
    question: 'small bodies of unknown length',
    here: 'collected up to 65,536 bytes for about 1 s, else streamed over a rendezvous',
  },
  {
    row: 24,
    question: 'right needed for runtime information',
    here: 'any valid token',
    setting: '`limits.runtimeInformationNeedsManage`',
  },
  {
    row: 25,
    question: 'an unknown hybrid connection over HTTPS',
    here: 'JSON 404; an empty Atom feed for `X-PROCESS-AT: ServiceBus`',
  },
  { row: 26, question: 'a connection after a refused upgrade', here: 'closed' },
  {
    row: 27,
    question: 'status above 5,000 connections',
    here: '403 for WebSockets, 429 for HTTP',
    setting: '`limits.connectionsPerNamespace` sets the number',
    unobserved: 'no run opens 5,000 connections',
  },
  {
    row: 28,
    question: 'spelling of the entity in addresses and `requestTarget`',
    here: 'as the sender wrote it',
  },
]
