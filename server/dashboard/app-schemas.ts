import { Type } from '../json-type.ts'
import { oneOf, strict } from './schemas.ts'

/** Schemas of the rows about App Service, see `contract.ts`. */

const Text = Type.String()
const Count = Type.Integer()

export const System = oneOf('linux', 'windows', 'windowsContainer')

export const Plan = strict({
  plan: Text,
  group: Text,
  sku: Text,
  tier: Text,
  location: Text,
  os: System,
  apps: Type.Array(Text),
  used: Count,
  limit: Count,
  limitPer: oneOf('plan', 'app'),
  hybridConnections: Type.Array(strict({ namespace: Text, name: Text, apps: Type.Array(Text) })),
})

export const AppConnection = strict({
  namespace: Text,
  name: Text,
  host: Text,
  port: Count,
  keyName: Text,
  key: oneOf('primary', 'secondary', 'missing', 'stale'),
  status: oneOf('Connected', 'Not connected'),
})

export const App = strict({
  app: Text,
  slot: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  group: Text,
  plan: Text,
  sku: Text,
  location: Text,
  os: System,
  hybridConnections: Type.Array(AppConnection),
  used: Count,
  limit: Count,
  limitPer: oneOf('plan', 'app'),
  open: Count,
})

export const Candidate = strict({
  namespace: Text,
  name: Text,
  endpoint: Type.Union([strict({ host: Text, port: Count }), Type.Null()]),
  location: Text,
  isOtherRegion: Type.Boolean(),
  status: oneOf('Connected', 'Not connected'),
  isAttached: Type.Boolean(),
  reasons: Type.Array(Text),
  missingActions: Type.Array(Text),
})

export const SlotQuery = strict({
  slot: Type.Optional(Type.String({ minLength: 1, description: 'a slot of the app' })),
})
