import { formatRoute } from '../../../console/ui/route.ts'
import type { FindingRow } from '../contract.ts'

/** The page where a finding can be seen, as the fragment of a link. Source: dashboard 1. */
export function findingPlace({ rule, namespace, hybridConnection }: FindingRow): string {
  const entity = ['hc', namespace, hybridConnection]
  const own = `hybridConnection:"${hybridConnection}"`
  switch (rule) {
    case 'listener-refused':
      return formatRoute(['events'], { q: `type:listenerRefused ${own}` })
    case 'listener-unresponsive':
    case 'imbalance':
      return formatRoute(['listeners'], { q: own })
    case 'sender-refused':
      return formatRoute(['events'], { q: `level:warning ${own}` })
    case 'accept-timeout':
      return formatRoute(['connections'], { q: `phase:timedOut ${own}` })
    case 'rejected':
      return formatRoute(['connections'], { q: `phase:rejected ${own}` })
    case 'endpoint-unreachable':
      return formatRoute(['connections'], { q: `phase:closed ${own}` })
    case 'http-unanswered':
      return formatRoute(['requests'], { q: own })
    case 'metadata':
    case 'endpoint-name':
      return formatRoute([...entity, 'properties'])
    case 'app-key':
      return formatRoute(['apps'])
    default:
      return formatRoute(entity)
  }
}
