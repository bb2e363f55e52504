import { isObject } from '../protocol/json.ts'
import { type ClientMessage, PACE_MS } from './feed-contract.ts'

/** Reads what a browser sent; a text says what is wrong with it. */
export function readClientMessage(text: string): ClientMessage | string {
  const message = parsed(text)
  if (!isObject(message)) return 'a message is a JSON object'
  switch (message['type']) {
    case 'hello':
      return {
        type: 'hello',
        token: textOrNull(message['token']),
        epoch: textOrNull(message['epoch']),
        seq: countOrNull(message['seq']),
      }
    case 'subscribe': {
      const { sub, topic } = message
      if (!isCount(sub) || typeof topic !== 'string') return 'subscribe needs sub and topic'
      return {
        type: 'subscribe',
        sub,
        topic,
        from: countOrNull(message['from']),
        after: countOrNull(message['after']),
        of: textOrNull(message['of']),
      }
    }
    case 'unsubscribe':
      return isCount(message['sub'])
        ? { type: 'unsubscribe', sub: message['sub'] }
        : 'unsubscribe needs sub'
    case 'pace': {
      const { intervalMs } = message
      const { min, max } = PACE_MS
      return isCount(intervalMs) && intervalMs >= min && intervalMs <= max
        ? { type: 'pace', intervalMs }
        : `intervalMs is a whole number from ${min} to ${max}`
    }
    default:
      return 'the type of a message is hello, subscribe, unsubscribe or pace'
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function countOrNull(value: unknown): number | null {
  return isCount(value) ? value : null
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
