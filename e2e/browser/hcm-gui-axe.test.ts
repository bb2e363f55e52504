import { test } from 'tap'
import { createAgent } from '../../agent/index.ts'
import { ui } from '../../agent/commands/ui.ts'
import { recordingIo } from '../../console/testing/recording-io.ts'
import { entityWith, stringsOf } from '../harness/agent.ts'
import { startRelay } from '../harness/relay.ts'
import { lookAt, PATIENT } from './axe.ts'
import { openPage, SERVER_GONE, startBrowser } from './fixture.ts'

// Scenario 24.
test(
  'every state of the page of the agent can be used by everybody (dashboard 1)',
  PATIENT,
  async (t) => {
    const browser = await startBrowser(t)
    if (!browser) return
    const relay = await startRelay(t, {
      configuration: {
        namespaces: [
          {
            name: 'contoso',
            hybridConnections: ['sql', 'erp'].map((name) =>
              entityWith(name, { endpoint: `${name}.corp.local:5432` }),
            ),
          },
        ],
      },
    })
    const azure = {
      armUrl: relay.server.ready.arm.url,
      tenant: relay.server.identity.tenantId,
    }
    const stateDir = t.testdir({})
    const more = { latestVersion: '9.1.0', portalUrl: relay.adminUrl, ca: relay.caPem, azure }
    const agent = await createAgent({ stateDir, name: 'onprem-1', ...more })
    t.teardown(() => agent.close())
    const { page, forgive } = await openPage(t, browser, agent.controlApi)
    const look = (state: string) => lookAt(t, page, `hcm ${state}`)
    const click = (name: string) => page.getByRole('button', { name, exact: true }).click()
    await page.getByText('hcm ui').waitFor()
    await look('without a token')
    const { io, written } = recordingIo()
    await ui({ stateDir }, io)
    await page.goto(written.stdout.trim())
    const notice = page.getByRole('dialog', { name: 'Version 9.1.0 is available' })
    await notice.waitFor()
    await look('version notice')
    await page.keyboard.press('Escape')
    await page.getByText('hcm add "<gateway connection string>"').waitFor()
    await look('empty')

    await agent.add(stringsOf(relay, 'sql').listen)
    await agent.add(
      'Endpoint=sb://localhost:3/;SharedAccessKeyName=n;SharedAccessKey=k;EntityPath=a/b',
    )
    await page.getByText('Not connected').waitFor()
    await page.getByRole('checkbox', { name: 'Select sql' }).click()
    await page.getByRole('rowheader', { name: 'a/b' }).click()
    await page.getByRole('complementary', { name: 'Details: a/b' }).waitFor()
    await look('table and details')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await look('keys')
    await page.keyboard.press('Escape')
    await click('Actions for sql')
    await page.getByRole('menu').waitFor()
    await look('menu')
    await page.keyboard.press('Escape')
    await page
      .getByRole('group', { name: 'Actions' })
      .getByRole('button', { name: 'Remove' })
      .click()
    await page.getByRole('dialog', { name: 'Remove sql?' }).waitFor()
    await look('remove')
    await page.keyboard.press('Escape')

    await click('Test')
    const test = page.getByRole('dialog', { name: 'Test' })
    await test.getByRole('textbox').fill('nowhere.example:1')
    await test.getByRole('textbox').press('Enter')
    await test.getByText('Fail').waitFor()
    await look('test')
    await page.keyboard.press('Escape')
    await click('View Logs')
    await page.getByRole('log').getByText('agent started').waitFor()
    await look('logs')
    await page.keyboard.press('Escape')

    await click('+ New')
    const dialog = page.getByRole('dialog', { name: 'Add hybrid connections' })
    await dialog.getByRole('textbox').fill('hc://x')
    await dialog.getByText('BizTalk').waitFor()
    await look('connection string')
    await dialog.getByRole('tab', { name: 'Select with Azure' }).click()
    await dialog.getByRole('button', { name: 'Sign in' }).click()
    await dialog.getByRole('checkbox', { name: 'Select erp' }).waitFor()
    await look('choice of hybrid connections')
    await page.keyboard.press('Escape')

    forgive(SERVER_GONE)
    await agent.close()
    await page.locator('header').getByText('Not reachable').waitFor()
    await look('not reachable')
  },
)
