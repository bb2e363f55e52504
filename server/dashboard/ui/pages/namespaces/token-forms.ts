/** In which form a token is handed out. */
export type TokenForm = 'token' | 'header' | 'parameter' | 'wscat'

export const TOKEN_FORMS: readonly { readonly form: TokenForm; readonly title: string }[] = [
  { form: 'token', title: 'Token' },
  { form: 'header', title: 'Header line' },
  { form: 'parameter', title: 'URL parameter' },
  { form: 'wscat', title: 'wscat line' },
]

type Target = {
  /** As `sb://localhost:9443/`. */
  readonly relayUrl: string
  readonly entity: string
  readonly action: 'listen' | 'connect'
}

/** Writes a token as it is pasted somewhere. A line for a shell is in single quotes, since `$hc` is no variable. */
export function writeToken(form: TokenForm, token: string, target: Target): string {
  switch (form) {
    case 'token':
      return token
    case 'header':
      return `ServiceBusAuthorization: ${token}`
    case 'parameter':
      return `sb-hc-token=${encodeURIComponent(token)}`
    case 'wscat': {
      const url = `${target.relayUrl.replace(/^sb:/, 'wss:')}$hc/${target.entity}?sb-hc-action=${target.action}`
      return `wscat --no-check -H 'ServiceBusAuthorization: ${token}' -c '${url}'`
    }
  }
}
