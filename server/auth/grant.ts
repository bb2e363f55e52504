/** Who may: the rule's or principal's name and when the right ends, Unix ms. */
export type Grant = { readonly rule: string; readonly expiresAtMs: number }
