import { test } from 'tap'
import { coexistenceWarnings, displayNames } from './coexistence.ts'

test('programs beside which the real manager cannot run are named', (t) => {
  const output = `SERVICE_NAME: AppIDSvc\r
DISPLAY_NAME: Application Identity\r
\r
SERVICE_NAME: x\r
DISPLAY_NAME: Microsoft Azure BizTalk Services Hybrid Connection Manager\r
\r
SERVICE_NAME: y\r
DISPLAY_NAME: Service Bus Message Broker\r
`
  const services = displayNames(output)
  t.equal(services.length, 3)
  t.match(coexistenceWarnings(services), [/BizTalk/, /Service Bus for Windows Server/])
  t.strictSame(coexistenceWarnings(['Azure Hybrid Connection Manager', 'Print Spooler']), [])
  t.end()
})
