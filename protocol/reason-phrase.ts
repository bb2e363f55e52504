import { MAX_CLOSE_REASON_BYTES, MAX_REASON_CHARACTERS } from './limits.ts'

/**
 * Makes a text fit for a status line: line breaks and tabs become blanks, other control characters and what Latin-1
 * cannot hold become `?`, and it is cut to 4 KiB. Source: relay-protocol 8.1.
 */
export function cleanReason(text: string): string {
  if (text.length <= MAX_REASON_CHARACTERS && CLEAN.test(text)) return text
  return text
    .replace(/[\t\r\n]/g, ' ')
    .replace(/[^\x20-\x7e\xa0-\xff]/gu, '?')
    .slice(0, MAX_REASON_CHARACTERS)
}

const CLEAN = /^[\x20-\x7e\xa0-\xff]*$/

/** Cuts a text to the 123 UTF-8 bytes of a Close frame, between characters. Source: RFC 6455 5.5. */
export function cutCloseReason(text: string): string {
  const bytes = Buffer.from(text)
  let end = Math.min(bytes.length, MAX_CLOSE_REASON_BYTES)
  while (end < bytes.length && isContinuation(bytes[end])) end--
  return bytes.toString('utf8', 0, end)
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
