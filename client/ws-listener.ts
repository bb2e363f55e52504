import { type ListenerOptions, RelayListener } from './listener.ts'
import { DEFAULT_MAX_MESSAGE_BYTES, RelayWebSocket } from './relay-web-socket.ts'

export type WebSocketListenerOptions = ListenerOptions & {
  /** Longest message that is taken, bytes; a longer one closes with 1009. Default 100 MiB. */
  readonly maxMessageBytes?: number | undefined
}

/** Listens on a hybrid connection with WebSockets that keep messages apart. It connects at once and until it is closed. */
export function createWebSocketListener(
  options: WebSocketListenerOptions,
): RelayListener<RelayWebSocket> {
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES
  return new RelayListener(
    options,
    (frames, info) => new RelayWebSocket(frames, info, { maxMessageBytes }),
  ).start()
}
