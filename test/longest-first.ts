import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take half a minute or more on a good machine, so that none of them is left for the end, alone. */
const longest = [
  "outages",
  "identity",
  "reconciler-adversity.real",
  "reconciler.real",
  "git-source",
  "promotion-journey",
  "promotion-gates",
  "rollout",
  "wrong-input",
  "hub-store",
  "reconciler-adversity.simulated",
  "hubs",
  "reconciler.simulated",
  "demo",
  "promotion",
  "inspection",
  "control-plane",
].map((name) => `${name}.test.ts`);

/** Vitest knows how long a file took only where it has run before, which is never so in a new clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.indexOf(basename(moduleId));
      return place === -1 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
