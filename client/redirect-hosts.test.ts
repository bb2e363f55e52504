import { test } from 'tap'
import { redirectedHosts } from './redirect-hosts.ts'

const ENTRY = { host: 'db.corp.example', address: '127.1.2.3' }

test('entries are added and everything else stays', async (t) => {
  const original = '# mine\n127.0.0.1\tlocalhost\n::1 ip6-localhost # six\n'
  t.equal(redirectedHosts(original, [ENTRY]), `${original}127.1.2.3\tdb.corp.example\n`)
  t.equal(redirectedHosts('', [ENTRY]), '127.1.2.3\tdb.corp.example\n')
})

test('a name that stood there loses its old address, whatever its case; its neighbours keep theirs', async (t) => {
  const original =
    '10.0.0.1 db DB.corp.example other # note\n10.0.0.2 db.corp.example\n10.0.0.3 db.corp.example.org\n'
  t.equal(
    redirectedHosts(original, [ENTRY]),
    '10.0.0.1\tdb other\n10.0.0.3 db.corp.example.org\n127.1.2.3\tdb.corp.example\n',
  )
})

test('a comment that names the host is no entry', async (t) => {
  t.equal(
    redirectedHosts('# db.corp.example\n', [ENTRY]),
    '# db.corp.example\n127.1.2.3\tdb.corp.example\n',
  )
})
