/** Labels of the cases of the scenario `http`. */
export const HTTP_CASES = {
  many: '1 KiB, 32 connections',
  one: '1 KiB, one connection',
  large: 'large bodies',
} as const
