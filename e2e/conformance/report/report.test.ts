import { test } from 'tap'
import type { CaseResult } from '../case.ts'
import { redactor } from '../redact.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import { type Report, countResults, summarize } from './report.ts'
import { tapEnd, tapHead, tapPoint } from './tap.ts'

function result(given: Partial<CaseResult>): CaseResult {
  return {
    id: 'suite.case',
    suite: 'suite',
    level: 'MUST',
    source: '1.1',
    title: 'it holds',
    question: undefined,
    status: 'passed',
    durationMs: 12,
    reason: undefined,
    notes: [],
    ...given,
  }
}

const NASTY = `<script>alert("x")</script> & 'y' # \\ \u0001\nnext`
const RESULTS = [
  result({}),
  result({ id: 'suite.must', status: 'failed', reason: NASTY, title: NASTY }),
  result({ id: 'suite.should', level: 'SHOULD', status: 'failed', reason: 'no' }),
  result({ id: 'suite.assumed', level: 'ASSUMED', status: 'differs', notes: [NASTY] }),
  result({ id: 'other.not-run', suite: 'other', status: 'notRun', reason: 'needs a # key' }),
]
const REPORT: Report = {
  role: 'relay',
  subject: `localhost/${NASTY}`,
  version: '1.0.0',
  startedAt: '2025-01-01T00:00:00.000Z',
  durationMs: 1234,
  isComplete: true,
  counts: countResults(RESULTS),
  results: RESULTS,
}

test('only a MUST that does not hold is a failure to readers of TAP', async (t) => {
  t.equal(tapHead(5, 'a\nb'), 'TAP version 14\n# a b\n1..5\n')
  const firstLines = RESULTS.map((row, index) => tapPoint(row, index + 1).split('\n')[0])
  t.equal(firstLines[0], 'ok 1 - suite.case: it holds')
  t.match(firstLines[1], /^not ok 2 - suite\.must: .* \\# \\\\ /)
  t.notMatch(firstLines[1], / # (?:TODO|SKIP)/)
  t.match(firstLines[2], /^not ok 3 - .* # TODO SHOULD$/)
  t.match(firstLines[3], /^not ok 4 - .* # TODO ASSUMED$/)
  t.equal(firstLines[4], 'ok 5 - other.not-run: it holds # SKIP not run: needs a \\# key')
  const failed = tapPoint(result({ status: 'failed', reason: 'was "a"' }), 1)
  t.match(failed, /\n {2}---\n {2}level: "MUST"\n[^]*\n {2}message: "was \\"a\\""\n {2}\.\.\.\n$/)
  t.match(tapEnd(REPORT), /^# 1 passed, 1 MUST failed, 1 SHOULD failed, 1 differ .*1\.2 s\n$/)
})

test('JUnit gets one failure, and nothing that XML cannot hold', async (t) => {
  const xml = junitReport(REPORT)
  t.equal(xml.match(/<failure /g)?.length, 1)
  t.equal(xml.match(/<skipped /g)?.length, 3)
  t.match(xml, /<testsuite name="relay\.suite" tests="4" failures="1" errors="0" skipped="2"/)
  t.notMatch(xml, /<script|\u0001/)
  t.match(xml, /&#60;script&#62;/)
})

test('the page is one file in which nothing of a peer is markup', async (t) => {
  const html = htmlReport(REPORT)
  t.notMatch(html, /<script|\u0001|<link|<img|src=|url\(/)
  t.match(html, /&#60;script&#62;alert\(&#34;x&#34;\)/)
  t.match(html, /default-src 'none'/)
  for (const { id } of RESULTS) t.match(html, new RegExp(`id="${id}"`))
})

test('keys and signatures are taken out of what is told', async (t) => {
  const redact = redactor(['a key+/=', ''])
  t.equal(redact('it was a key+/= here'), 'it was *** here')
  t.equal(redact(`x=${encodeURIComponent('a key+/=')}&y`), 'x=***&y')
  t.equal(redact('sr=http&sig=abc%2B&se=1'), 'sr=http&sig=***&se=1')
  t.equal(redact('sb-hc-token=sr%3Dx%26sig%3Dabc'), 'sb-hc-token=sr%3Dx%26sig%3D***')
})

test('counts tell faults from the rest', async (t) => {
  t.strictSame(REPORT.counts, {
    total: 5,
    passed: 1,
    failedMust: 1,
    failedShould: 1,
    differs: 1,
    notRun: 1,
  })
  t.match(summarize(REPORT), /1 not run/)
  t.match(summarize({ ...REPORT, isComplete: false }), /ended early$/)
})
