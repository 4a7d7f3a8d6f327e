import { type Application, type Problem, parseDuration } from "../domain/index.ts";
import type { SourcePosition } from "../errors.ts";
import { applicationSchema } from "./application-schema.ts";
import { driftRulesOf } from "./drift-rules.ts";
import { healthChecksOf, repeatedHealthCheck } from "./health-checks.ts";
import { parseFile } from "./parse-file.ts";
import { joinPath } from "./repository-path.ts";
import type { DocumentPath } from "./yaml-document.ts";

export interface ParsedApplication {
  /** Undefined when there is an error. */
  readonly application: Application | undefined;
  /** As far as it can be read, even from a file with errors. */
  readonly name: string | undefined;
  readonly problems: readonly Problem[];
  readonly locate: (path: DocumentPath) => SourcePosition;
}

export function parseApplication(text: string, file: string): ParsedApplication {
  const { content, document, problems } = parseFile(applicationSchema, text, file);
  const { locate } = document;
  if (content === undefined) return { application: undefined, name: nameIn(document.value), problems, locate };
  const { name } = content.metadata;
  const { spec } = content;
  const refused = (message: string, path: DocumentPath): ParsedApplication => {
    const problem: Problem = { severity: "error", message, position: locate(path) };
    return { application: undefined, name, problems: [problem], locate };
  };

  const path = joinPath(folderOf(file), spec.path);
  if (path === undefined) {
    return refused(`Expected a folder inside the repository: got "${spec.path}"`, ["spec", "path"]);
  }
  const serviceAccount = qualified(spec.serviceAccount, spec.namespace);
  if (serviceAccount !== undefined && !serviceAccount.includes("/")) {
    return refused(`Expected "namespace/name", as the application has no "namespace": got "${serviceAccount}"`, [
      "spec",
      "serviceAccount",
    ]);
  }
  const timeoutMs = parseDuration(spec.timeout) ?? 0;
  if (timeoutMs < 1000 || timeoutMs > 86_400_000) {
    return refused(`Expected a timeout from "1s" to "24h": got "${spec.timeout}"`, ["spec", "timeout"]);
  }
  const health = healthChecksOf(spec.health);
  const repeated = repeatedHealthCheck(health);
  if (repeated !== undefined) {
    const { group = "", kind = "" } = health[repeated] ?? {};
    const what = kind === "" ? `group "${group}"` : `kind "${kind}" of group "${group}"`;
    return refused(`Two health checks for ${what}: expected one`, ["spec", "health", repeated]);
  }
  const application: Application = {
    name,
    file,
    path,
    namespace: spec.namespace,
    serviceAccount,
    renderer: spec.renderer,
    dependsOn: spec.dependsOn,
    driftMode: spec.drift.mode,
    driftStrict: spec.drift.strict,
    driftIgnore: driftRulesOf(spec.drift.ignore),
    prune: spec.prune,
    deletion: spec.deletion,
    maxDeletes: spec.guards.maxDeletes,
    timeoutSeconds: Math.ceil(timeoutMs / 1000),
    health,
    apply: { takeover: spec.takeover, adopt: spec.adopt, recreate: spec.recreate },
    substitute: spec.substitute,
    allowEmpty: spec.allowEmpty,
  };
  return { application, name, problems: [], locate };
}

/** "namespace/name", where a namespace is known. */
function qualified(serviceAccount: string | undefined, namespace: string | undefined): string | undefined {
  if (serviceAccount === undefined || serviceAccount.includes("/") || namespace === undefined) return serviceAccount;
  return `${namespace}/${serviceAccount}`;
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf("/")));
}

function nameIn(value: unknown): string | undefined {
  const { metadata } = (value ?? {}) as { metadata?: { name?: unknown } | null };
  const name = metadata?.name;
  return typeof name === "string" ? name : undefined;
}
