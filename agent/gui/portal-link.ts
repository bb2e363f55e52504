import { formatRoute } from '../../console/ui/route.ts'
import type { ServiceRow } from '../contract.ts'
import type { Row } from './page.ts'

/** The dashboard's page of a hybrid connection, or why there is none. */
export function portalLink(
  service: ServiceRow | undefined,
  { namespace, name }: Row,
): string | { readonly reason: string } {
  const url = service?.adminUrl ?? null
  if (url === null || !URL.canParse(url)) {
    return { reason: 'the agent knows no portal: hcm run --portal-url URL' }
  }
  const { protocol } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return { reason: 'its URL is no web page' }
  return new URL(formatRoute(['hc', namespace, name]), url).href
}
