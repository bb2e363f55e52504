import { Socket } from 'node:net'
import { versions } from 'node:process'

/** From this version on a copy by spread has the same hidden class each time. */
const FIRST_SOUND_MAJOR = 22
/** V8 keeps no record of what a function meets in its first calls. */
const ROUNDS = 5
/** More shapes than V8 tells apart at one place, which is four. */
const SHAPES = ['a', 'b', 'c', 'd', 'e', 'f'] as const

/**
 * Makes every socket of this process cheaper under Node.js 20; newer ones need nothing, and a second call does no harm.
 *
 * `net.Socket` copies its options by spread and adds to the copy. While V8 11.3 has seen copies of a few shapes only,
 * it gives each one hidden classes of its own: the two dozen options that are read then are looked up the slow way for
 * every socket, and the classes wait for a full garbage collection. Having met many shapes it copies without that.
 * Nothing is opened: a socket without a handle is an object. Measured in docs/decisions/0013-what-v8-is-told.md.
 */
export function settleSocketShapes(): void {
  if (Number.parseInt(versions.node, 10) >= FIRST_SOUND_MAJOR) return
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of SHAPES) new Socket({ [name]: true } as object)
  }
}
