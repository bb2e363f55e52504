/** Somebody signed in to a cloud: what a call to its management plane needs. */
export type AzureSession = {
  /** Without a slash at its end, e.g. `https://management.azure.com`. */
  readonly armUrl: string
  readonly accessToken: string
}
