import process from 'node:process'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { findChromium } from '../harness/chromium.ts'
import { hasProgram } from '../harness/require-program.ts'

/** A page that fails its test for whatever a browser complains about. */
export type WatchedPage = {
  readonly page: Page
  /** Complaints with this text are expected from now on: a refused request, a server that is gone. */
  forgive(text: RegExp): void
}

export type PageOptions = {
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly reducedMotion?: 'reduce' | 'no-preference'
}

/** What a browser says of a server that is gone: refused, or reset where a request was under way. For `forgive`. */
export const SERVER_GONE = /WebSocket connection to|ERR_(?:CONNECTION_|EMPTY_RESPONSE)/

/** Longest a scenario waits for a state of the page, ms. Source: dashboard 7. */
export const PATIENCE_MS = 15_000

/**
 * Starts Chromium, which ends with the test; call it before anything else that ends with the test. Undefined, and the
 * test skipped with the reason, where there is none.
 */
export async function startBrowser(t: Test): Promise<Browser | undefined> {
  const executablePath = findChromium()
  if (!hasProgram(t, executablePath)) return undefined
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const faults: (() => string[])[] = []
  faultsOf.set(browser, faults)
  // The check comes last: what it throws keeps nothing from being closed.
  t.teardown(async () => {
    await browser.close()
    const left = faults.flatMap((ofPage) => ofPage())
    if (left.length > 0) throw new Error(`the browser complained:\n${left.join('\n')}`)
  })
  return browser
}

/** What the pages of a browser have to answer for. */
const faultsOf = new WeakMap<Browser, (() => string[])[]>()

/**
 * Opens `url` in a browser profile of its own. At the end of the test it has to have been without console error, page
 * error, dialog, violation of the content security policy, and request to another origin. Source: dashboard 7.
 */
export async function openPage(
  t: Test,
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    timezoneId: 'UTC',
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const complaints = await watch(context, page, new URL(url).origin)
  const forgiven: RegExp[] = []
  t.teardown(() => context.close())
  faultsOf
    .get(browser)
    ?.push(() => complaints.filter((text) => !forgiven.some((pattern) => pattern.test(text))))
  await page.goto(url)
  return { page, forgive: (text) => void forgiven.push(text) }
}

async function watch(context: BrowserContext, page: Page, origin: string): Promise<string[]> {
  const complaints: string[] = []
  await context.exposeFunction('reportViolation', (text: string) => {
    complaints.push(`CSP: ${text}`)
  })
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { reportViolation } = globalThis as unknown as {
        reportViolation(text: string): void
      }
      reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)
    })
  })
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const target = new URL(request.url())
    const isOwn = target.origin === origin || ['data:', 'blob:'].includes(target.protocol)
    if (!isOwn) complaints.push(`foreign request: ${request.url()}`)
  })
  return complaints
}
