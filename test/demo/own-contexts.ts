import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { AppError } from "../../common/errors.ts";

/** A context of the user's kubeconfig and the file that has it. */
export interface OwnContext {
  readonly context: string;
  /** Name for the cluster: a valid one, made from the context's. */
  readonly name: string;
  readonly kubeconfig: string;
}

/**
 * Looks the contexts up as kubectl does: in the files of KUBECONFIG, else in ~/.kube/config.
 * @throws NOT_FOUND that lists the contexts there are
 */
export function findContexts(
  contexts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly OwnContext[] {
  const files = kubeconfigFiles(env);
  const known = new Map<string, string>();
  for (const file of files) for (const name of contextsOf(file)) if (!known.has(name)) known.set(name, file);
  const taken = new Set<string>();
  return contexts.map((context) => {
    const kubeconfig = known.get(context);
    if (kubeconfig === undefined) {
      const there = known.size === 0 ? "there are none" : `there are ${[...known.keys()].join(", ")}`;
      throw new AppError("NOT_FOUND", `No context "${context}" in ${files.join(", ")}: ${there}`);
    }
    const name = clusterName(context, taken);
    taken.add(name);
    return { context, name, kubeconfig };
  });
}

/** "gke_shop_eu_prod" → "gke-shop-eu-prod"; with a number behind it when that one is taken. */
export function clusterName(context: string, taken: ReadonlySet<string>): string {
  const words = context
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(-50)
    .replaceAll(/^-+|-+$/g, "");
  const base = words === "" ? "cluster" : words;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

function kubeconfigFiles(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  return listed.length > 0 ? listed : [join(env["HOME"] ?? homedir(), ".kube", "config")];
}

function contextsOf(file: string): readonly string[] {
  try {
    const { contexts } = parse(readFileSync(file, "utf8")) as { contexts?: readonly { name: string }[] };
    return (contexts ?? []).map(({ name }) => name);
  } catch {
    // As kubectl does: a file of KUBECONFIG may be missing.
    return [];
  }
}
