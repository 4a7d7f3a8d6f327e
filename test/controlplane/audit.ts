import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface AuditedRequest {
  readonly verb: string;
  /** What the program that asked calls itself: "drover-agent/0.1.0". */
  readonly userAgent: string;
  /** "/api/v1/namespaces/default/pods?limit=500". */
  readonly uri: string;
  /** HTTP status of the answer. */
  readonly code: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code?: number };
}

/** Flags that make an API server write down what the user asks, each request once it is answered. */
export function auditFlags(folder: string, user: string): Readonly<Record<string, string>> {
  const policy = join(folder, "audit-policy.json");
  const rules = [{ level: "Metadata", users: [user], omitStages: ["RequestReceived"] }, { level: "None" }];
  writeFileSync(policy, JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules }));
  return { "audit-policy-file": policy, "audit-log-path": logOf(folder) };
}

/** In the order of their answers. */
export function auditedRequests(folder: string): readonly AuditedRequest[] {
  if (!existsSync(logOf(folder))) return [];
  // What stands behind the last end of line is still being written.
  const lines = readFileSync(logOf(folder), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const { verb, userAgent = "", requestURI, responseStatus } = JSON.parse(line) as AuditEvent;
    return { verb, userAgent, uri: requestURI, code: responseStatus?.code ?? 0 };
  });
}

function logOf(folder: string): string {
  return join(folder, "audit.log");
}
