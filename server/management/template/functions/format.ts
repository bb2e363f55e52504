import { isObject } from '../../../../protocol/json.ts'
import { invalidTemplate } from '../invalid-template.ts'
import { wordOf } from './arguments.ts'

/** `format('{0}-{1:D2}', ...)`: places by number, doubled braces for literal ones. */
export function formatText(pattern: string, values: readonly unknown[]): string {
  return pattern.replaceAll(
    /\{\{|\}\}|\{(\d+)(?:,(-?\d+))?(?::([^{}]*))?\}/g,
    (match, index?: string, width?: string, style?: string) => {
      if (index === undefined) return match.slice(1)
      const at = Number(index)
      if (at >= values.length) {
        throw invalidTemplate(
          `the template function 'format' has ${values.length} values, and place {${at}} asks for more`,
        )
      }
      const text = shown(values[at], style)
      const size = Number(width ?? 0)
      return size < 0 ? text.padEnd(-size) : text.padStart(size)
    },
  )
}

function shown(value: unknown, style: string | undefined): string {
  if (isObject(value) || Array.isArray(value)) return JSON.stringify(value)
  if (!style || typeof value !== 'number') return wordOf(value)
  const [, letter = '', digits = ''] = /^([dnx]|0+)(\d*)$/i.exec(style) ?? []
  if (/^0+$/.test(letter)) return padded(value, `${letter}${digits}`.length)
  switch (letter.toLowerCase()) {
    case 'd':
      return padded(value, Number(digits || 1))
    case 'n':
      return value.toLocaleString('en-US', {
        minimumFractionDigits: Number(digits || 2),
        maximumFractionDigits: Number(digits || 2),
      })
    case 'x': {
      const hex = value.toString(16).padStart(Number(digits || 1), '0')
      return letter === 'X' ? hex.toUpperCase() : hex
    }
    default:
      throw invalidTemplate(`the number format '${style}' is not emulated; D, N, X and 0 are`)
  }
}

function padded(value: number, digits: number): string {
  const text = String(Math.abs(value)).padStart(digits, '0')
  return value < 0 ? `-${text}` : text
}
