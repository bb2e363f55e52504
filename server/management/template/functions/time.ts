import { invalidTemplate } from '../invalid-template.ts'
import { type FunctionTable, integerAt, textAt } from './arguments.ts'

/** Functions of times. `now` is Unix time in ms. */
export function timeFunctions(now: () => number): FunctionTable {
  return {
    utcNow: (args) =>
      formatTime(new Date(now()), args.length > 0 ? textAt(args, 0, 'utcNow') : DEFAULT_FORMAT),
    dateTimeAdd: (args) => {
      const base = new Date(isoOf(textAt(args, 0, 'dateTimeAdd')))
      const moved = add(base, textAt(args, 1, 'dateTimeAdd'))
      return args.length > 2
        ? formatTime(moved, textAt(args, 2, 'dateTimeAdd'))
        : moved.toISOString().replace(/\.\d+Z$/, 'Z')
    },
    dateTimeToEpoch: (args) =>
      Math.floor(Date.parse(isoOf(textAt(args, 0, 'dateTimeToEpoch'))) / 1000),
    dateTimeFromEpoch: (args) =>
      new Date(integerAt(args, 0, 'dateTimeFromEpoch') * 1000)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
  }
}

const DEFAULT_FORMAT = 'yyyyMMddTHHmmssZ'
/** Formats of one letter, as longer ones. */
const STANDARD: Readonly<Record<string, string>> = {
  d: 'MM/dd/yyyy',
  u: 'yyyy-MM-dd HH:mm:ssZ',
  s: 'yyyy-MM-ddTHH:mm:ss',
  o: 'yyyy-MM-ddTHH:mm:ss.fffffffZ',
  O: 'yyyy-MM-ddTHH:mm:ss.fffffffZ',
  t: 'HH:mm',
  T: 'HH:mm:ss',
}

function formatTime(time: Date, format: string): string {
  const pattern = STANDARD[format] ?? format
  return pattern.replaceAll(/yyyy|yy|MM|dd|HH|mm|ss|f{1,7}/g, (part) => {
    const iso = time.toISOString()
    switch (part) {
      case 'yyyy':
        return iso.slice(0, 4)
      case 'yy':
        return iso.slice(2, 4)
      case 'MM':
        return iso.slice(5, 7)
      case 'dd':
        return iso.slice(8, 10)
      case 'HH':
        return iso.slice(11, 13)
      case 'mm':
        return iso.slice(14, 16)
      case 'ss':
        return iso.slice(17, 19)
      default:
        return `${iso.slice(20, 23)}0000`.slice(0, part.length)
    }
  })
}

/** The default format of `utcNow` has no separators; Date wants them. */
function isoOf(text: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  const iso = parts ? isoFrom(parts) : text
  if (!Number.isNaN(Date.parse(iso))) return iso
  throw invalidTemplate(`'${text.slice(0, 50)}' is no date that a template function can read`)
}

function isoFrom([, year, month, day, hour, minute, second]: readonly (
  string | undefined
)[]): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}

/** Adds an ISO 8601 duration such as `P1DT2H` or `-PT30M`. */
function add(base: Date, duration: string): Date {
  const parts =
    /^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
      duration,
    )
  if (!parts) {
    throw invalidTemplate(`'${duration.slice(0, 50)}' is no ISO 8601 duration such as P1DT2H`)
  }
  const sign = parts[1] === '-' ? -1 : 1
  const at = (index: number) => sign * Number(parts[index] ?? 0)
  const moved = new Date(base)
  moved.setUTCFullYear(moved.getUTCFullYear() + at(2), moved.getUTCMonth() + at(3))
  const days = 7 * at(4) + at(5)
  return new Date(moved.getTime() + (((days * 24 + at(6)) * 60 + at(7)) * 60 + at(8)) * 1000)
}
