import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { startRelay, type TestRelay } from '../harness/relay.ts'
import { callApi, connectAs, DEFAULT_RULES, endpointMetadata, listenAs, tunnel } from './traffic.ts'

/** Folder that gets a picture of everything that is looked at; none when it is not set. */
const PICTURES = process.env['RELAY_EMULATOR_TEST_PICTURES']

const WIDTHS = [1440, 900]
const SCHEMES = ['light', 'dark'] as const
/** There is much to look at. */
export const PATIENT = { timeout: 600_000 }
/** Rules of WCAG 2.2 A and AA. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']
/** Those that another theme can break; the elements are the same. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block']
/** Those that another width can break, as long as it shows the same elements. */
const OF_WIDTH = ['target-size', 'scrollable-region-focusable']

/** Everything the pages show: listeners, open and ended tunnels, apps, findings. */
export async function startBusyRelay(t: Test): Promise<TestRelay> {
  const relay = await startRelay(t, {
    configuration: {
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [
            {
              name: 'sql',
              userMetadata: endpointMetadata('db.corp.local:5432'),
              authorizationRules: DEFAULT_RULES,
            },
            { name: 'bad', userMetadata: '{"endpoint":"h:1"}' },
            { name: 'open', requiresClientAuthorization: false },
          ],
        },
      ],
    },
  })
  await callApi(relay, 'PUT', '/plans/relay-emulator/plan1', { sku: 'B1' })
  await callApi(relay, 'PUT', '/apps/web', { plan: 'plan1', group: 'relay-emulator' })
  await callApi(relay, 'PUT', '/apps/web?slot=stage', {})
  await callApi(relay, 'PUT', '/apps/web/hybridConnections/contoso/sql', {})
  const listener = await listenAs(t, relay, 'sql', 'onprem-1')
  await tunnel(t, relay, listener, { path: 'sql', from: 'web' })
  const { sender } = await tunnel(t, relay, listener, { path: 'sql', from: 'curl' })
  sender.socket.destroy()
  await (await connectAs(t, relay, 'bad', 'web')).head()
  await fetch(`http://localhost:${relay.plainPort}/open/path`)
  return relay
}

/** Fragments of the pages in the navigation. */
export async function placesOf(page: Page): Promise<readonly string[]> {
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
  await links.first().waitFor()
  const fragments = await links.evaluateAll((all) =>
    all.map((link) => (link.getAttribute('href') ?? '').replace(/^#\//, '')),
  )
  return fragments
}

/** Goes there afresh, and waits until what it shows has come. */
export async function goTo(page: Page, place: string): Promise<void> {
  // A page of its own for each place: what the last one left open is gone.
  await page.evaluate((fragment) => {
    location.hash = `#/${fragment}`
  }, place)
  await page.reload()
  await page.getByText('Feed: live').waitFor()
  await page.locator('main h1').waitFor()
  await page.locator('main .skeleton').waitFor({ state: 'detached' })
}

/** Looks at what the page shows in both themes and widths: axe, sideways scrolling, a picture. */
export async function lookAt(t: Test, page: Page, name: string): Promise<void> {
  let shownAtFirst: readonly string[] | undefined
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 })
    const shown = await shownElements(page)
    shownAtFirst ??= shown
    const isNew = width === WIDTHS[0] || shown.join() !== shownAtFirst.join()
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme })
      const rules = rulesFor(colorScheme, isNew)
      if (rules) t.same(await faultsOf(page, rules), [], `${name}, ${colorScheme}, ${width} px`)
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      t.equal(beyond, 0, `${name} does not scroll sideways, ${width} px`)
      if (PICTURES === undefined) continue
      await mkdir(PICTURES, { recursive: true })
      const file = `${name}-${colorScheme}-${width}.png`.replaceAll(/[^\w.-]+/g, '-')
      await page.screenshot({ path: join(PICTURES, file) })
    }
  }
}

type Rules = { readonly type: 'tag' | 'rule'; readonly values: readonly string[] }

/** `isNew`: this width has elements that no other one has had. Undefined: nothing is left to be found. */
function rulesFor(colorScheme: 'light' | 'dark', isNew: boolean): Rules | undefined {
  if (colorScheme === 'dark') return isNew ? { type: 'rule', values: OF_COLOUR } : undefined
  return isNew ? { type: 'tag', values: TAGS } : { type: 'rule', values: OF_WIDTH }
}

/** Which elements can be seen, by name and class, in their order. */
async function shownElements(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.body.querySelectorAll('*')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map(({ localName, classList }) => [localName, ...classList].join('.')),
  )
}

type AxeResults = {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
}

/** What axe has to say, one line for each element. Evaluated, since a script tag would be stopped by the policy. */
async function faultsOf(page: Page, runOnly: Rules): Promise<readonly string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  if (!isThere) {
    await page.evaluate(
      await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8'),
    )
  }
  const { violations } = await page.evaluate(
    (only) =>
      (
        globalThis as unknown as {
          axe: { run(root: Document, options: object): Promise<AxeResults> }
        }
      ).axe.run(document, { runOnly: only, resultTypes: ['violations'] }),
    runOnly,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => {
      const why = failureSummary.split('\n')[1]?.trim() ?? ''
      return `${id}: ${html.slice(0, 160)} (${why.slice(0, 160)})`
    }),
  )
}
