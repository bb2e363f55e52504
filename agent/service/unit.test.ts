import { test } from 'tap'
import { unitText } from './unit.ts'

test('the unit runs the daemon at every start of the machine, or of the session', (t) => {
  const unit = { command: ['/usr/bin/node', '/opt/main.js', 'run'], stateDir: '/var/lib/hcm' }
  const system = unitText({ ...unit, scope: 'system' })
  t.match(system, 'ExecStart="/usr/bin/node" "/opt/main.js" "run"\n')
  t.match(system, 'Environment="HCM_STATE_DIR=/var/lib/hcm"\n')
  t.match(system, 'WantedBy=multi-user.target\n')
  t.match(unitText({ ...unit, scope: 'user' }), 'WantedBy=default.target\n')
  t.end()
})

test('no character of an argument means anything to systemd', (t) => {
  const text = unitText({
    command: ['/n', 'a b', '"%h" $X \\', '1\n2'],
    stateDir: '/s',
    scope: 'user',
  })
  t.ok(text.includes(String.raw`ExecStart="/n" "a b" "\"%%h\" $$X \\" "1\n2"`), text)
  t.end()
})
