import { test } from 'tap'
import { RandomMasker, ZERO_MASKER, loadNativeMask } from './masking.ts'

const plain = (key: number, payload: Uint8Array) =>
  payload.map((byte, index) => byte ^ ((key >>> ((index & 3) * 8)) & 0xff))

test('masking in words and in native code gives what RFC 6455 5.3 defines, at any offset and phase', async (t) => {
  const maskers = [new RandomMasker(), new RandomMasker(await loadNativeMask())]
  const payload = Uint8Array.from({ length: 1_031 }, (_, index) => (index * 7) & 0xff)
  for (const masker of maskers) {
    for (const offset of [0, 6, 7, 8, 14]) {
      for (const cut of [0, 1, 2, 3, 5, 700]) {
        const key = masker.nextKey()
        const target = Buffer.alloc(2_000)
        masker.mask(payload.subarray(0, cut), key, target, offset, 0)
        masker.mask(payload.subarray(cut), key, target, offset + cut, cut)
        t.ok(target.subarray(offset, offset + payload.length).equals(plain(key, payload)))
      }
    }
  }
})

test('keys differ, also beyond the store they are drawn from', async (t) => {
  const masker = new RandomMasker()
  const keys = new Set(Array.from({ length: 5_000 }, () => masker.nextKey()))
  t.ok(keys.size > 4_990)
})

test('a zero mask copies', async (t) => {
  const target = Buffer.alloc(4)
  ZERO_MASKER.mask(Buffer.from('abc'), ZERO_MASKER.nextKey(), target, 1, 0)
  t.equal(target.toString(), '\0abc')
})
