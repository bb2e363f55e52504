import type { ListenerFaults } from './faults/listener-faults.ts'
import { dropChannel } from './live-source.ts'
import type { ControlChannel } from './relay/control-channel.ts'
import type { ListenerSet } from './relay/listener-set.ts'

/** Bad weather for the listeners of the relay. */
export function listenerFaults(listeners: ListenerSet): ListenerFaults {
  const endAll = async (
    namespace: string,
    hybridConnection: string,
    end: (channel: ControlChannel) => void,
  ) => {
    const channels = listeners.of(namespace, hybridConnection)
    const gone = whenEnded(channels)
    for (const channel of channels) end(channel)
    await gone
    return channels.length
  }
  return {
    dropListeners: (namespace, hybridConnection, how) =>
      endAll(namespace, hybridConnection, (channel) => dropChannel(channel, how)),
    expireTokens: (namespace, hybridConnection) =>
      endAll(namespace, hybridConnection, (channel) => channel.expire()),
  }
}

/** Resolves when each of these channels, all live, has ended. */
export async function whenEnded(channels: readonly ControlChannel[]): Promise<void> {
  await Promise.all(
    channels.map((channel) => new Promise<void>((resolve) => channel.onEnd(resolve))),
  )
}
