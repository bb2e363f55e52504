/** The errors of the token service, with the numbers that clients show. Source: management-plane 2.2. */
const FAULTS = {
  invalidRequest: { number: 900144, error: 'invalid_request', status: 400 },
  unsupportedGrant: { number: 70003, error: 'unsupported_grant_type', status: 400 },
  badSecret: { number: 7000215, error: 'invalid_client', status: 401 },
  badAssertion: { number: 700027, error: 'invalid_client', status: 401 },
  unknownApplication: { number: 700016, error: 'unauthorized_client', status: 400 },
  unknownTenant: { number: 90002, error: 'invalid_request', status: 400 },
  badPassword: { number: 50126, error: 'invalid_grant', status: 400 },
  unknownResource: { number: 500011, error: 'invalid_resource', status: 400 },
  pending: { number: 70016, error: 'authorization_pending', status: 400 },
  expiredGrant: { number: 700082, error: 'invalid_grant', status: 400 },
} as const

export type EntraFaultName = keyof typeof FAULTS

/** A refusal of the token service. The message names what was wrong, never a secret. */
export class EntraError extends Error {
  override readonly name = 'EntraError'
  readonly fault: EntraFaultName
  readonly status: number
  constructor(fault: EntraFaultName, message: string) {
    super(message)
    this.fault = fault
    this.status = FAULTS[fault].status
  }

  /** The body clients parse. `id` is a GUID for trace and correlation. */
  body(id: string, nowMs: number): Readonly<Record<string, unknown>> {
    const { number, error } = FAULTS[this.fault]
    const timestamp = new Date(nowMs)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z')
    return {
      error,
      error_description: `AADSTS${number}: ${this.message} Trace ID: ${id} Correlation ID: ${id} Timestamp: ${timestamp}`,
      error_codes: [number],
      timestamp,
      trace_id: id,
      correlation_id: id,
    }
  }
}
