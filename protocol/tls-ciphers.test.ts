import { constants } from 'node:crypto'
import { test } from 'tap'
import { preferredCiphers } from './tls-ciphers.ts'

test("of Node's own suites AES-128-GCM comes first, and none is lost or won", async (t) => {
  const own = constants.defaultCoreCipherList
  const suites = preferredCiphers(own).split(':')
  t.equal(suites[0], 'TLS_AES_128_GCM_SHA256')
  t.same(suites.toSorted(), own.split(':').toSorted())
})

test('a list that somebody chose stays as it is', async (t) => {
  const chosen = 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:!aNULL'
  t.equal(preferredCiphers(chosen), chosen)
})
