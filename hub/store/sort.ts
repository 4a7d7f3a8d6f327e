/** By code unit, as every implementation must order keys. */
export function byKey(a: readonly [key: string, value: unknown], b: readonly [key: string, value: unknown]): number {
  if (a[0] === b[0]) return 0;
  return a[0] < b[0] ? -1 : 1;
}
