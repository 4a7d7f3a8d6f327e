export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor?: number;
}

/**
 * Delay before attempt `attempt` (1 = first retry): exponential with full jitter in its upper half, so that a fleet that
 * lost its hub does not come back in one instant. `random` in [0, 1).
 */
export function backoffMs(attempt: number, random: number, options: BackoffOptions): number {
  const ceiling = Math.min(options.maxMs, options.firstMs * (options.factor ?? 2) ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
