/** A process that opens a GitSource and fetches, to be killed while it does. Argument: JSON of url, dir and prefer. */
import { silentLogger } from "../../common/telemetry/index.ts";
import { openGitSource } from "../../hub/git/index.ts";

const { url, dir, prefer } = JSON.parse(process.argv[2] ?? "{}") as {
  url: string;
  dir: string;
  prefer: "native" | "isomorphic";
};
const source = await openGitSource({ url, dir, prefer, log: silentLogger() });
await source.fetch();
