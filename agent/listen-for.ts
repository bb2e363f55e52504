import type { FrameSocket } from '../client/frame-socket.ts'
import { type ConnectionOffer, type ListenerOptions, RelayListener } from '../client/index.ts'
import type { Endpoint } from '../protocol/user-metadata.ts'
import type { Forwarder } from './forwarder.ts'

/** A sender whose endpoint has been reached, and that has been accepted. */
type MetSender = { readonly frames: FrameSocket; readonly offer: ConnectionOffer }

/** A listener whose senders are led to an endpoint. */
export type AgentListener = RelayListener<MetSender>

/** Listens with `options` and has each sender met and served by `forwarder`; `endpoint` is asked for each of them. */
export function listenFor(input: {
  readonly options: ListenerOptions
  readonly forwarder: Forwarder
  readonly endpoint: () => Endpoint | undefined
}): AgentListener {
  const { options, forwarder, endpoint } = input
  const listener: AgentListener = new RelayListener(
    {
      ...options,
      acceptHandler: (offer, signal) => {
        const target = endpoint()
        if (target) return forwarder.meet(offer, target, signal)
        return { accept: false, status: 503, reason: 'The agent knows no endpoint.' }
      },
    },
    (frames, _info, offer) => ({ frames, offer }),
    { reusesReads: true },
  )
  listener.on('connection', ({ frames, offer }) => void forwarder.forward(frames, offer))
  return listener.start()
}
