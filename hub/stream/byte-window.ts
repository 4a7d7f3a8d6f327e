/** Bytes that may be under way at once, over all streams; those who must wait are served in order. */
export interface ByteWindow {
  /** False: full; `retry` is called once when there is room. Only one wait per `retry` function. */
  take(bytes: number, retry: () => void): boolean;
  give(bytes: number): void;
  forget(retry: () => void): void;
}

export function createByteWindow(size: number): ByteWindow {
  let used = 0;
  const waiting = new Map<() => void, number>();
  // A message larger than the window passes alone.
  const hasRoom = (bytes: number) => used === 0 || used + bytes <= size;

  return {
    take(bytes, retry) {
      if (!hasRoom(bytes)) {
        waiting.set(retry, bytes);
        return false;
      }
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
      for (const [retry, wanted] of waiting) {
        if (!hasRoom(wanted)) return;
        waiting.delete(retry);
        retry();
      }
    },
    forget(retry) {
      waiting.delete(retry);
    },
  };
}
