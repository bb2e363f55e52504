import { test } from 'tap'
import { goTo, lookAt, PATIENT, placesOf, startBusyRelay } from './axe.ts'
import { openPage, startBrowser } from './fixture.ts'

/** Places that no link of the navigation leads to. */
const MORE_PLACES = [
  'plans',
  'apps/web',
  'ns/contoso',
  'ns/contoso/policies',
  'ns/contoso/networking',
  'hc/contoso/sql',
  'hc/contoso/sql/policies',
  'hc/contoso/sql/properties',
  'hc/contoso/sql/listeners',
  'hc/contoso/sql/connections',
  'hc/contoso/gone',
]

// Scenario 24.
test('no page has a fault of accessibility, and none scrolls sideways', PATIENT, async (t) => {
  const browser = await startBrowser(t)
  if (!browser) return
  const relay = await startBusyRelay(t)
  const { page } = await openPage(t, browser, relay.adminUrl)
  for (const place of [...(await placesOf(page)), ...MORE_PLACES]) {
    await goTo(page, place)
    await lookAt(t, page, place)
  }
})
