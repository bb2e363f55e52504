import { ASSUMPTIONS } from '../assumptions.ts'
import { casesOf } from '../index.ts'

/** A deviation that is marked in the code: the file, and what the mark says. */
export type Mark = { readonly file: string; readonly text: string }

const MARK = 'Differs from Azure:'

/** The marks of one file. A mark ends with its sentence's comment, at a blank comment line or at the code. */
export function marksOf(file: string, source: string): readonly Mark[] {
  const lines = source.split('\n')
  return lines.flatMap((line, index) => {
    const start = line.indexOf(MARK)
    if (start === -1) return []
    const texts = [line.slice(start + MARK.length)]
    for (const next of lines.slice(index + 1)) {
      const comment = /^\s*(?:\/\/|\*(?!\/))\s?(.*)$/.exec(next)?.[1]
      if (comment === undefined || comment.trim() === '') break
      texts.push(comment)
    }
    const text = texts
      .join(' ')
      .replace(/\*\/.*$/, '')
      .replace(/\s+/g, ' ')
      .trim()
    return [{ file, text }]
  })
}

/** The page with its two lists written anew; the rest of it is people's. Throws where a list has lost its place. */
export function fidelityPage(page: string, marks: readonly Mark[]): string {
  return fill(fill(page, 'marks', marksTable(marks)), 'assumptions', assumptionsText())
}

function fill(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`docs/fidelity.md has no place for ${name}`)
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`
}

function marksTable(marks: readonly Mark[]): string {
  const rows = marks.map(({ file, text }) => `| \`${file}\` | ${cell(text)} |`)
  return ['| Place | What differs |', '| --- | --- |', ...rows].join('\n')
}

function assumptionsText(): string {
  const cases = casesOf('relay').filter(({ level }) => level === 'ASSUMED')
  const rows = ASSUMPTIONS.map(({ row, question, here, setting = '', unobserved }) => {
    const ids = cases.filter((one) => one.question === row).map(({ id }) => `\`${id}\``)
    const seen = unobserved === undefined ? ids.join(', ') : `none: ${unobserved}`
    return `| ${row} | ${question} | ${here} | ${setting} | ${seen} |`
  })
  const others = cases
    .filter(({ question }) => question === undefined)
    .map(({ id, title, source }) => `| \`${id}\` | ${cell(title)} | ${source} |`)
  return [
    '| # | Question | Here | Setting | Cases |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'Smaller ones, where the emulator does what the case says:',
    '',
    '| Case | What is assumed | Source |',
    '| --- | --- | --- |',
    ...others,
  ].join('\n')
}

function cell(text: string): string {
  return text.replace(/[|\\<>*_]/g, '\\$&')
}
