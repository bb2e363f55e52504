import { Api } from './api.ts'

/** Where the browser keeps its token: this tab, until it is closed. Source: dashboard 5, Authentication. */
const KEY = 'token'
const LOGIN = /^#\/login\/([\w-]+)$/

export function sessionToken(): string | null {
  return sessionStorage.getItem(KEY)
}

export function forgetSession(): void {
  sessionStorage.removeItem(KEY)
}

/**
 * Logs in by the link that the page was opened with. Its code is taken out of the address bar before anything else is
 * done. Answers why that failed; null when it went well or there is no code.
 */
export async function logInByLink(): Promise<Error | null> {
  const code = LOGIN.exec(location.hash)?.[1]
  if (code === undefined) return null
  history.replaceState(null, '', `${location.pathname}${location.search}`)
  forgetSession()
  try {
    await logIn(code)
    return null
  } catch (error) {
    return error as Error
  }
}

/** Gives a code in for a token. Rejects with ApiFailure. */
export async function logIn(code: string): Promise<void> {
  const { token } = await new Api(() => null).post<{ token: string }>('/session', { code })
  sessionStorage.setItem(KEY, token)
}

/** A link that is pasted into an open page changes nothing but the fragment: the page begins anew then. */
export function reloadOnLoginLink(): void {
  window.addEventListener('hashchange', () => {
    if (LOGIN.test(location.hash)) location.reload()
  })
}
