import type { ByteWindow } from "./byte-window.ts";
import type { ContentList, ListPosition, Packer } from "./packs.ts";

/** Writes one encoded message; `written` is called when the transport took it, or never after the stream broke. */
export type WriteMessage = (message: Buffer, written: () => void) => void;

export interface OutboxOptions {
  readonly write: WriteMessage;
  readonly packer: Packer;
  /** Over all streams. */
  readonly total: ByteWindow;
  /** Of this stream. */
  readonly windowBytes: number;
  readonly now: () => number;
}

/** An assignment as it will be sent; what follows it is decided when it is written, against what the agent holds then. */
export interface PendingAssignment {
  readonly message: () => Buffer;
  readonly contents: () => ContentList | undefined;
}

/**
 * What waits to go to one agent: one message per control slot, one assignment per environment, and positions in lists of
 * contents. A newer value replaces an older one, so its memory is bounded by the number of keys.
 */
export interface Outbox {
  /** Newest per slot; before everything else. */
  control(slot: string, message: Buffer): void;
  /** Newest per environment; before all contents. Undefined withdraws it and what followed it. */
  assign(environment: string, assignment: PendingAssignment | undefined): void;
  /** What the agent asked for, instead of what it was going to be sent: from now on it knows best. */
  want(list: ContentList, position: ListPosition): void;
  /** How many lists the agent asked for and did not get yet. */
  wanted(): number;
  /** Bytes written longer than this ago no longer count for all streams: a stalled agent must not hold up the others. */
  writeOff(beforeMs: number): void;
  close(): void;
}

interface Transfer {
  readonly list: ContentList;
  position: ListPosition | undefined;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { write, packer, total, windowBytes, now } = options;
  const controls = new Map<string, Buffer>();
  const assignments = new Map<string, PendingAssignment>();
  const pushes = new Map<string, Transfer>();
  const wants: Transfer[] = [];
  const underWay = new Set<{ bytes: number; readonly at: number }>();
  let bytesUnderWay = 0;
  let closed = false;
  let pumping = false;

  function send(message: Buffer, counted: boolean): void {
    const entry = { bytes: counted ? message.length : 0, at: now() };
    underWay.add(entry);
    bytesUnderWay += message.length;
    write(message, () => {
      if (!underWay.delete(entry)) return;
      bytesUnderWay -= message.length;
      if (entry.bytes > 0) total.give(entry.bytes);
      pump();
    });
  }

  function hasRoom(bytes: number): boolean {
    if (bytesUnderWay > 0 && bytesUnderWay + bytes > windowBytes) return false;
    return total.take(bytes, pump);
  }

  function nextAssignment(): boolean {
    for (const [environment, assignment] of assignments) {
      const message = assignment.message();
      if (!hasRoom(message.length)) return false;
      assignments.delete(environment);
      const list = assignment.contents();
      // Delete first: the newest assignment's contents go last.
      pushes.delete(environment);
      if (list !== undefined && list.digests.length > 0) pushes.set(environment, { list, position: start });
      send(message, true);
      return true;
    }
    return false;
  }

  function nextContents(): boolean {
    const transfer = wants[0] ?? pushes.values().next().value;
    if (transfer?.position === undefined) return false;
    const pack = packer.pack(transfer.list, transfer.position);
    if (!hasRoom(pack.message.length)) return false;
    transfer.position = pack.next;
    if (pack.next === undefined) {
      if (wants[0] === transfer) wants.shift();
      else for (const [environment, push] of pushes) if (push === transfer) pushes.delete(environment);
    }
    send(pack.message, true);
    return true;
  }

  function pump(): void {
    // A write that completes at once must not start a second loop inside this one.
    if (pumping) return;
    pumping = true;
    try {
      for (;;) {
        if (closed) return;
        for (const [slot, message] of controls) {
          controls.delete(slot);
          send(message, false);
        }
        if (assignments.size > 0) {
          if (!nextAssignment()) return;
        } else if (!nextContents()) {
          if (controls.size === 0) return;
        }
      }
    } finally {
      pumping = false;
    }
  }

  return {
    control(slot, message) {
      controls.set(slot, message);
      pump();
    },
    assign(environment, assignment) {
      if (assignment === undefined) {
        assignments.delete(environment);
        pushes.delete(environment);
        return;
      }
      assignments.set(environment, assignment);
      pump();
    },
    want(list, position) {
      pushes.clear();
      wants.push({ list, position });
      pump();
    },
    wanted: () => wants.length,
    writeOff(beforeMs) {
      for (const entry of underWay) {
        if (entry.at >= beforeMs) return;
        const { bytes } = entry;
        entry.bytes = 0;
        if (bytes > 0) total.give(bytes);
      }
    },
    close() {
      closed = true;
      total.forget(pump);
      controls.clear();
      assignments.clear();
      pushes.clear();
      wants.length = 0;
      // Their callbacks may never come.
      const held = [...underWay].reduce((sum, { bytes }) => sum + bytes, 0);
      underWay.clear();
      if (held > 0) total.give(held);
    },
  };
}

const start: ListPosition = { index: 0, offset: 0 };
