/** Who a token of Entra ID speaks for, once it was verified. */
export type Principal = {
  /** Object id: what role assignments name. */
  readonly oid: string
  readonly tenantId: string
  /** What messages call it: the user name of a user, the client id of an application. */
  readonly label: string
  readonly kind: 'User' | 'ServicePrincipal'
  /** Object ids of the groups it is in. */
  readonly groups: readonly string[]
  /** When the token ends, Unix ms. */
  readonly expiresAtMs: number
}
