export interface StreamLimits {
  /** How often an agent says that it is alive; after three silent ones its stream is ended. */
  readonly heartbeatSeconds: number;
  /** From the start of a stream to its Hello. */
  readonly helloTimeoutMs: number;
  /** Bytes under way to one agent. */
  readonly streamWindowBytes: number;
  /** Bytes under way to all agents. */
  readonly totalWindowBytes: number;
  /** Of one message from an agent. */
  readonly maxMessageBytes: number;
  /** Want messages of one agent that are not served yet. */
  readonly maxWants: number;
  /** Bytes of encoded contents that are kept for the next stream that needs them. */
  readonly packCacheBytes: number;
}

const MiB = 1024 * 1024;

export const defaultLimits: StreamLimits = {
  heartbeatSeconds: 15,
  helloTimeoutMs: 10_000,
  streamWindowBytes: MiB,
  totalWindowBytes: 32 * MiB,
  maxMessageBytes: 4 * MiB,
  maxWants: 64,
  packCacheBytes: 16 * MiB,
};
