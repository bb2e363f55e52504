import { hash, timingSafeEqual } from 'node:crypto'

/** Compares in constant time, whatever the lengths. An empty secret fits nothing. */
export function isSameSecret(known: string, given: string): boolean {
  return known !== '' && timingSafeEqual(digest(known), digest(given))
}

/** As {@link isSameSecret}, for secrets whose length everybody knows: at a fraction of the work. */
export function isSameFixedLength(known: string, given: string): boolean {
  const [left, right] = [Buffer.from(known), Buffer.from(given)]
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right)
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
