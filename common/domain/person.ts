/** Whether two names, or e-mail addresses, are of one person: people write theirs now so, now so. */
export function isSamePerson(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
