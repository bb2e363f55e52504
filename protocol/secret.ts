import { hash, timingSafeEqual } from 'node:crypto'

/** Compares in constant time, whatever the lengths. An empty secret fits nothing. */
export function isSameSecret(known: string, given: string): boolean {
  return known !== '' && timingSafeEqual(digest(known), digest(given))
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
