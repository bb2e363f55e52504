import { test } from 'tap'
import { integerAt, objectAt, parseJson, stringAt } from './json.ts'

const code = 'RELAY_MESSAGE_INVALID'

test('members of the right type come out', (t) => {
  const object = objectAt(parseJson('{"a":"x","n":5,"d":"200"}'), 'it')
  t.equal(stringAt(object, 'a'), 'x')
  t.equal(integerAt(object, 'n'), 5)
  t.equal(integerAt(object, 'd'), 200)
  t.end()
})

test('a fault names the member at fault and quotes nothing', (t) => {
  t.throws(() => objectAt([], 'accept'), { code, message: /accept is not an object/ })
  t.throws(() => objectAt(null, 'accept'), { code })
  t.throws(() => stringAt({ id: 5 }, 'id'), { code, message: /id is not a text/ })
  for (const value of [1.5, '1.5', '', '0x5', null, undefined, Infinity, true]) {
    t.throws(() => integerAt({ port: value }, 'port'), { code, message: /port is not an integer/ })
  }
  t.throws(() => parseJson('{"token":"c4n4ry"'), { code, message: /^(?!.*c4n4ry)/ })
  t.end()
})
