// HEALTHCHECK of the image: whether the emulator is ready. A container that runs something else needs a check of its own.
import process from 'node:process'

const TIMEOUT_MS = 2_000

const port = process.env.RELAY_EMULATOR_ADMIN_PORT || '9400'
const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`, {
  signal: AbortSignal.timeout(TIMEOUT_MS),
}).then(
  (response) => response.ok,
  () => false,
)
process.exitCode = isReady ? 0 : 1
