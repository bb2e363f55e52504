/** What programs may import as `relay-emulator/testcontainers`. Needs the package testcontainers. */
export {
  type ConnectionStringQuery,
  FixtureError,
  type FixtureErrorCode,
  type HybridConnectionOptions,
  type RelayFixture,
  type WaitOptions,
} from '../../server/fixture/relay-fixture.ts'
export type { RelayConfiguration } from './container-config.ts'
export { RelayEmulatorContainer } from './relay-container.ts'
export { StartedRelayEmulatorContainer } from './started-relay-container.ts'
