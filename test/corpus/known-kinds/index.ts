import { cloud } from "./cloud.ts";
import { data } from "./data.ts";
import { delivery } from "./delivery.ts";
import { network } from "./network.ts";
import { observability } from "./observability.ts";
import { platform } from "./platform.ts";
import type { Row } from "./row.ts";
import { security } from "./security.ts";
import { serving } from "./serving.ts";
import { workloads } from "./workloads.ts";

export type { Given, Row } from "./row.ts";

/** Objects of well-known kinds with no more of a status than tells how well they do. */
export const knownObjects: readonly Row[] = [
  security,
  delivery,
  network,
  cloud,
  data,
  workloads,
  serving,
  observability,
  platform,
].flat();
