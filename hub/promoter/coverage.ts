import type { Revision } from "../ports.ts";

/** Which newest commit the tip of a rendered branch stands for, though an older one brought it: nothing in between alters it. */
export interface Coverage {
  get(environment: string, tip: Revision | undefined): Revision | undefined;
  /** True when that is news. */
  set(environment: string, tip: Revision, source: Revision): boolean;
}

export function createCoverage(): Coverage {
  const known = new Map<string, { readonly tip: Revision; readonly source: Revision }>();
  return {
    get(environment, tip) {
      const found = known.get(environment);
      return found?.tip === tip ? found?.source : undefined;
    },
    set(environment, tip, source) {
      const found = known.get(environment);
      if (found?.tip === tip && found.source === source) return false;
      known.set(environment, { tip, source });
      return true;
    },
  };
}
