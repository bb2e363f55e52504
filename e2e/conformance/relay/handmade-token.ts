import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { RelayBench } from './bench.ts'
import { nowSeconds } from './credential.ts'

/** Lets a case write a token by hand. `message` is what is signed, the encoded audience and expiry when left out. */
export type Handmade = {
  readonly sr?: string
  readonly se?: string
  readonly message?: string
  readonly key?: string | Buffer
  readonly skn?: string
  readonly lay?: (fields: { sr: string; sig: string; se: string; skn: string }) => string
}

/** A token of the listener's rule for its hybrid connection, but for what is given. */
export function handmade(bench: RelayBench, input: Handmade = {}): string {
  const { listen } = bench.entity
  assert.ok(listen?.kind === 'key')
  const sr = input.sr ?? encodeURIComponent(`http://${bench.host}/${bench.entity.path}/`)
  const se = input.se ?? String(nowSeconds() + 600)
  const sig = encodeURIComponent(
    createHmac('sha256', input.key ?? listen.key)
      .update(input.message ?? `${sr}\n${se}`)
      .digest('base64'),
  )
  const skn = input.skn ?? encodeURIComponent(listen.keyName)
  const lay =
    input.lay ??
    ((fields) =>
      `SharedAccessSignature sr=${fields.sr}&sig=${fields.sig}&se=${fields.se}&skn=${fields.skn}`)
  return lay({ sr, sig, se, skn })
}
