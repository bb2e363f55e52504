import { createHash, randomUUID } from 'node:crypto'
import { isObject } from '../../../../protocol/json.ts'
import { invalidTemplate } from '../invalid-template.ts'
import { uniqueString } from '../unique-string.ts'
import {
  type FunctionTable,
  arrayAt,
  integerAt,
  textAt,
  textsOf,
  wordOf,
  wrong,
} from './arguments.ts'
import { formatText } from './format.ts'

/** Functions of texts. */
export const TEXT_FUNCTIONS: FunctionTable = {
  // Of arrays it is one array, of anything else one text.
  concat: (args) =>
    Array.isArray(args[0])
      ? args.flatMap((_item, at) => arrayAt(args, at, 'concat'))
      : textsOf(args, 'concat').join(''),
  format: (args) => formatText(textAt(args, 0, 'format'), args.slice(1)),
  toLower: (args) => textAt(args, 0, 'toLower').toLowerCase(),
  toUpper: (args) => textAt(args, 0, 'toUpper').toUpperCase(),
  string: (args) => textOf(args[0]),
  json: (args) => jsonOf(textAt(args, 0, 'json')),
  int: (args) => {
    const number = Number(args[0])
    if (Number.isSafeInteger(number) && args[0] !== '') return number
    throw wrong('int', 0, 'an integer or the text of one')
  },
  bool: (args) => {
    const word = String(args[0]).toLowerCase()
    if (['true', '1'].includes(word)) return true
    if (['false', '0'].includes(word)) return false
    throw wrong('bool', 0, 'true, false, 0 or 1')
  },
  startsWith: (args) => lower(args, 0, 'startsWith').startsWith(lower(args, 1, 'startsWith')),
  endsWith: (args) => lower(args, 0, 'endsWith').endsWith(lower(args, 1, 'endsWith')),
  split: (args) => {
    const text = textAt(args, 0, 'split')
    const delimiters = Array.isArray(args[1])
      ? textsOf(args[1], 'split')
      : [textAt(args, 1, 'split')]
    return delimiters.reduce(
      (pieces, delimiter) => pieces.flatMap((piece) => piece.split(delimiter)),
      [text],
    )
  },
  join: (args) => textsOf(arrayAt(args, 0, 'join'), 'join').join(textAt(args, 1, 'join')),
  replace: (args) =>
    textAt(args, 0, 'replace').replaceAll(textAt(args, 1, 'replace'), () =>
      textAt(args, 2, 'replace'),
    ),
  substring: (args) => {
    const text = textAt(args, 0, 'substring')
    const start = integerAt(args, 1, 'substring')
    const length = args.length > 2 ? integerAt(args, 2, 'substring') : text.length - start
    if (start < 0 || length < 0 || start + length > text.length) {
      throw invalidTemplate("the template function 'substring' reaches beyond its text")
    }
    return text.slice(start, start + length)
  },
  trim: (args) => textAt(args, 0, 'trim').trim(),
  padLeft: (args) =>
    wordOf(args[0]).padStart(
      integerAt(args, 1, 'padLeft'),
      args.length > 2 ? wordOf(args[2]) : ' ',
    ),
  base64: (args) => Buffer.from(textAt(args, 0, 'base64'), 'utf8').toString('base64'),
  base64ToString: (args) =>
    Buffer.from(textAt(args, 0, 'base64ToString'), 'base64').toString('utf8'),
  base64ToJson: (args) =>
    jsonOf(Buffer.from(textAt(args, 0, 'base64ToJson'), 'base64').toString('utf8')),
  dataUri: (args) =>
    `data:text/plain;charset=utf8;base64,${Buffer.from(textAt(args, 0, 'dataUri')).toString('base64')}`,
  uri: (args) => uriOf(textAt(args, 0, 'uri'), textAt(args, 1, 'uri')),
  uriComponent: (args) => encodeURIComponent(textAt(args, 0, 'uriComponent')),
  uriComponentToString: (args) => decodeURIComponent(textAt(args, 0, 'uriComponentToString')),
  uniqueString: (args) => uniqueString(textsOf(args, 'uniqueString')),
  guid: (args) => guidOf(textsOf(args, 'guid')),
  newGuid: () => randomUUID(),
}

/** `string(...)`: compact JSON of what is no simple value. Source: management-plane 3.9. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : wordOf(value)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidTemplate("the argument of the template function 'json' is not JSON")
  }
}

function uriOf(base: string, relative: string): string {
  if (URL.canParse(relative, base)) return new URL(relative, base).href
  throw invalidTemplate("the first argument of the template function 'uri' is no absolute URI")
}

function lower(args: readonly unknown[], at: number, name: string): string {
  return textAt(args, at, name).toLowerCase()
}

/** Namespace of the GUIDs that templates make of texts (UUID version 5). */
const GUID_NAMESPACE = Buffer.from('11fb06fb712d4ddd98c7e71bbd588830', 'hex')

function guidOf(texts: readonly string[]): string {
  const hash = createHash('sha1').update(GUID_NAMESPACE).update(texts.join('-')).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  const cuts = [0, 8, 12, 16, 20, 32]
  return cuts
    .slice(1)
    .map((end, index) => hex.slice(cuts[index], end))
    .join('-')
}
