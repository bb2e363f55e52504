import { test } from 'tap'
import { checkLines, maskKeys } from './connection-string-lines.ts'

const GOOD =
  'Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=l;SharedAccessKey=CANARY=;EntityPath=sql'

test('each line is checked by itself, and what is wrong is named by its part (dashboard 5)', (t) => {
  const text = [
    GOOD,
    '',
    'Endpoint=https://contoso.servicebus.windows.net/;SharedAccessKeyName=l;SharedAccessKey=CANARY;EntityPath=a',
    'Endpoint=sb://h/;SharedAccessKeyName=l;SharedAccessKey=CANARY',
    'Endpoint=sb://h/;SharedAccessKeyName=l;EntityPath=a',
    'Endpoint=sb://h/;EntityPath=a',
    'hc://contoso.hybrid.biztalk.windows.net/a;CANARY',
    GOOD.replace('sql', 'SQL'),
    'CANARY',
  ].join('\n')
  const lines = checkLines(text)
  t.match(
    lines.map(({ line, problem }) => ({ line, problem })),
    [
      { line: 1, problem: null },
      { line: 3, problem: /^The Endpoint must be sb:\/\// },
      { line: 4, problem: /^EntityPath is missing.*gateway connection string/ },
      { line: 5, problem: /no SharedAccessKey\.$/ },
      { line: 6, problem: /SharedAccessKey are missing/ },
      { line: 7, problem: /BizTalk.*Endpoint=sb:\/\// },
      { line: 8, problem: /stands above already/ },
      { line: 9, problem: /Name=Value/ },
    ],
  )
  t.equal(lines[0]?.name, 'contoso.servicebus.windows.net/sql')
  t.notMatch(lines.map(({ problem }) => problem).join(), /CANARY/)
  t.end()
})

test('keys are hidden, and nothing else', (t) => {
  const masked = maskKeys(
    `${GOOD}\nx;sharedaccesssignature = SharedAccessSignature sr=CANARY&sig=CANARY;y`,
  )
  t.notMatch(masked, /CANARY/)
  t.match(masked, /SharedAccessKeyName=l;SharedAccessKey=•+;EntityPath=sql\n/)
  t.match(masked, /;y$/)
  t.end()
})
