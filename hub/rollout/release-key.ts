/**
 * What a cluster is told is named by the commit and by what fleet.yaml said of the environment then: "<commit>+<settings>".
 * Without settings it is the commit.
 */
export type ReleaseKey = string;

export function releaseKey(revision: string, settings: string): ReleaseKey {
  return settings === "" ? revision : `${revision}+${settings}`;
}

export function revisionOf(key: ReleaseKey): string {
  return key.split("+", 1)[0] ?? key;
}

/** "" when it has none. */
export function settingsIdOf(key: ReleaseKey): string {
  return key.slice(revisionOf(key).length + 1);
}
