import type { CaseResult } from '../case.ts'
import { type Report, bySuite, summarize } from './report.ts'
import { escapeMarkup } from './markup.ts'

/** One page that needs nothing else: no script, no image, no address. */
export function htmlReport(report: Report): string {
  const { role, subject, version, startedAt, results } = report
  const title = escapeMarkup(`Conformance of the ${role} ${subject}`)
  const suites = bySuite(results).map(([suite, rows]) => section(suite, rows))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p>${escapeMarkup(summarize(report))}; ${escapeMarkup(startedAt)}, relay-emulator ${escapeMarkup(version)}.</p>
<p>A case that fails is a fault only where it says MUST. ASSUMED cases hold what nobody outside Microsoft knows; one that differs tells what this ${role} does.</p>
${list('MUST failed', results.filter(isFault), 'No MUST case failed.')}
${suites.join('\n')}
</body>
</html>
`
}

function list(title: string, results: readonly CaseResult[], none: string): string {
  if (results.length === 0) return `<p class="passed">${none}</p>`
  const items = results.map(
    ({ id, reason = '' }) =>
      `<li><a href="#${escapeMarkup(id)}">${escapeMarkup(id)}</a>: ${escapeMarkup(reason)}</li>`,
  )
  return `<h2>${title}</h2>\n<ul>\n${items.join('\n')}\n</ul>`
}

function section(suite: string, results: readonly CaseResult[]): string {
  const isOpen = results.some(({ status }) => status === 'failed' || status === 'differs')
  const held = results.filter(({ status }) => status === 'passed').length
  return `<details${isOpen ? ' open' : ''}>
<summary>${escapeMarkup(suite)}: ${held} of ${results.length}</summary>
<table>
<thead><tr><th>Outcome</th><th>Level</th><th>Case</th><th>Source</th><th>ms</th></tr></thead>
<tbody>
${results.map(row).join('\n')}
</tbody>
</table>
</details>`
}

function row(result: CaseResult): string {
  const { id, title, level, source, status, durationMs, reason, notes } = result
  const details = [
    ...(reason === undefined ? [] : [`<p class="reason">${escapeMarkup(reason)}</p>`]),
    ...(notes.length === 0 ? [] : [`<p>observed: ${escapeMarkup(notes.join('; '))}</p>`]),
  ]
  const name = OUTCOMES[status]
  const kind = status === 'failed' && level !== 'MUST' ? 'differs' : status
  return `<tr id="${escapeMarkup(id)}"><td class="${kind}">${name}</td><td>${level}</td><td><p><code>${escapeMarkup(id)}</code> ${escapeMarkup(title)}</p>${details.join('')}</td><td>${escapeMarkup(source)}</td><td>${durationMs}</td></tr>`
}

function isFault({ status, level }: CaseResult): boolean {
  return status === 'failed' && level === 'MUST'
}

const OUTCOMES = {
  passed: 'passed',
  failed: 'failed',
  differs: 'differs',
  notRun: 'not run',
} as const

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
summary { cursor: pointer; font-size: 1.15rem; margin: .8rem 0 }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8884; padding: .3rem .5rem; text-align: left; vertical-align: top }
td p { margin: 0; overflow-wrap: anywhere }
td:last-child { text-align: right }
.reason { opacity: .8 }
.passed { color: #1a7f37 }
.failed { color: #cf222e; font-weight: 600 }
.differs { color: #9a6700 }
.notRun { color: #6e7781 }
@media (prefers-color-scheme: dark) {
  .passed { color: #3fb950 } .failed { color: #ff7b72 } .differs { color: #d29922 }
}`
