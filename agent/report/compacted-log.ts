/** One key of a report log; `text` is canonical JSON, undefined once the key is gone. */
export interface LogEntry {
  readonly version: number;
  readonly key: string;
  readonly text: string | undefined;
}

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Nothing is left above the last entry. */
  readonly last: boolean;
}

/** How many removed keys are remembered: who is further behind than the oldest of them has to take everything. */
const maxRemoved = 2_000;

/**
 * The newest value per key, in order of the version at which it last changed. Memory is bounded by the number of keys,
 * reading what is new costs what is new.
 */
export class CompactedLog {
  readonly #entries = new Map<string, LogEntry>();
  /** By version. Holds outdated entries too, until there are more of them than of the others. */
  #order: LogEntry[] = [];
  #version = 0;
  #removed = 0;
  /** Highest version of a removed key that was forgotten. */
  #forgotten = 0;

  get version(): number {
    return this.#version;
  }

  /** Highest version that cannot be continued from: what was removed up to there is no longer known. */
  get forgotten(): number {
    return this.#forgotten;
  }

  versionOf(key: string): number | undefined {
    return this.#entries.get(key)?.version;
  }

  /** Keys that exist now. */
  *keys(): Generator<string> {
    for (const { key, text } of this.#entries.values()) if (text !== undefined) yield key;
  }

  /** False when the key has that value already, or is to be removed and does not exist. */
  set(key: string, text: string | undefined): boolean {
    const current = this.#entries.get(key);
    if (current?.text === text) return false;
    this.#put({ version: this.#version + 1, key, text });
    return true;
  }

  /** Puts back what `snapshot` gave. */
  restore(entries: readonly LogEntry[], version: number, forgotten: number): void {
    for (const entry of entries) this.#put(entry);
    this.#version = Math.max(this.#version, version);
    this.#forgotten = forgotten;
  }

  snapshot(): readonly LogEntry[] {
    this.#compact();
    return this.#order;
  }

  /** Gives every key a version above `floor`, as if all of them had just changed. */
  renumber(floor: number): void {
    const entries = this.snapshot();
    this.#version = Math.max(this.#version, floor);
    this.#entries.clear();
    this.#order = [];
    this.#removed = 0;
    this.#forgotten = this.#version;
    for (const { key, text } of entries) {
      if (text !== undefined) this.#put({ version: this.#version + 1, key, text });
    }
  }

  /** Entries above `version`, of about `maxBytes` at most, but at least one if there is any. */
  after(version: number, maxBytes: number): LogPage {
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (let index = this.#firstAbove(version); index < this.#order.length; index++) {
      const entry = this.#order[index];
      if (entry === undefined || this.#entries.get(entry.key) !== entry) continue;
      bytes += entry.key.length + (entry.text === undefined ? 0 : Buffer.byteLength(entry.text));
      if (entries.length > 0 && bytes > maxBytes) return { entries, last: false };
      entries.push(entry);
    }
    return { entries, last: true };
  }

  #put(entry: LogEntry): void {
    const current = this.#entries.get(entry.key);
    if (current !== undefined && current.text === undefined) this.#removed--;
    if (entry.text === undefined) this.#removed++;
    this.#entries.set(entry.key, entry);
    this.#order.push(entry);
    this.#version = Math.max(this.#version, entry.version);
    if (this.#removed > 2 * maxRemoved) this.#forgetRemoved();
    if (this.#order.length > 2 * this.#entries.size + 1_024) this.#compact();
  }

  #forgetRemoved(): void {
    for (const entry of this.#order) {
      if (this.#removed <= maxRemoved) return;
      if (entry.text !== undefined || this.#entries.get(entry.key) !== entry) continue;
      this.#entries.delete(entry.key);
      this.#removed--;
      this.#forgotten = entry.version;
    }
  }

  #compact(): void {
    this.#order = this.#order.filter((entry) => this.#entries.get(entry.key) === entry);
  }

  #firstAbove(version: number): number {
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle]?.version ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
