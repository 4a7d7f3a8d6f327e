import picomatch from "picomatch";
import {
  displayRef,
  type KindPattern,
  type ObjectRef,
  type Problem,
  refOf,
  type Tenant,
} from "../../common/domain/index.ts";
import type { RenderedObject } from "../ports.ts";
import { isClusterScoped } from "./namespaces.ts";
import { positionOfSource } from "./refusal.ts";
import type { ResolvedApplication } from "./resolved-application.ts";

/** Whose an application is: nobody's when no tenant has its file. */
export interface Tenancy {
  readonly tenant: Tenant | undefined;
  /** What is wrong with the application itself; with its objects, `tenantProblems` says. */
  readonly problems: readonly Problem[];
}

export function tenancyOf({ application, locate }: ResolvedApplication, tenants: readonly Tenant[]): Tenancy {
  const [tenant, other] = tenants.filter(({ applications }) => covers(applications, application.file));
  if (tenant === undefined) return { tenant, problems: [] };
  const error = (message: string, path: readonly string[]): Tenancy => ({
    tenant,
    problems: [{ severity: "error", message, position: locate(path) }],
  });
  if (other !== undefined) {
    return error(`Belongs to two tenants, "${tenant.name}" and "${other.name}": expected one`, ["metadata", "name"]);
  }
  const { serviceAccount } = application;
  if (serviceAccount === undefined) return { tenant, problems: [] };
  const at = ["spec", "serviceAccount"];
  if (tenant.serviceAccount !== undefined && tenant.serviceAccount !== serviceAccount) {
    return error(
      `Tenant "${tenant.name}" works as "${tenant.serviceAccount}": expected no other, got "${serviceAccount}"`,
      at,
    );
  }
  const [namespace = ""] = serviceAccount.split("/");
  if (tenant.serviceAccount === undefined && !matches(tenant.namespaces, namespace)) {
    return error(
      `Tenant "${tenant.name}" has no namespace "${namespace}": expected a service account in ${oneOf(tenant.namespaces)}`,
      at,
    );
  }
  return { tenant, problems: [] };
}

/** Objects that the tenant may not have, each with its place. */
export function tenantProblems(tenant: Tenant, objects: readonly RenderedObject[]): Problem[] {
  const inside = picomatch([...tenant.namespaces]);
  const outside = isClusterScoped(objects);
  return objects.flatMap(({ manifest, source }) => {
    const ref = refOf(manifest);
    const found = kindProblem(tenant, ref) ?? placeProblem(tenant, ref, outside(manifest), inside);
    if (found === undefined) return [];
    const position = positionOfSource(source, found.path);
    const message = `Tenant "${tenant.name}" may not have ${displayRef(ref)}: ${found.why}`;
    return [{ severity: "error" as const, message, ...(position === undefined ? {} : { position }) }];
  });
}

interface Found {
  readonly path: string;
  readonly why: string;
}

function kindProblem({ allowedKinds, deniedKinds }: Tenant, ref: ObjectRef): Found | undefined {
  const kind = ref.group === "" ? ref.kind : `${ref.kind} of ${ref.group}`;
  const isIn = (patterns: readonly KindPattern[]) => patterns.some((pattern) => isOfKind(pattern, ref));
  if (isIn(deniedKinds)) return { path: "kind", why: `kind ${kind} is denied` };
  if (allowedKinds !== undefined && !isIn(allowedKinds)) return { path: "kind", why: `kind ${kind} is not allowed` };
  return undefined;
}

function placeProblem(
  { clusterScoped, namespaces }: Tenant,
  ref: ObjectRef,
  isOutside: boolean,
  inside: (namespace: string) => boolean,
): Found | undefined {
  if (isOutside && !clusterScoped) {
    return { path: "kind", why: `${ref.kind} lives outside of namespaces, expected objects in ${oneOf(namespaces)}` };
  }
  const isNamespace = ref.group === "" && ref.kind === "Namespace";
  if (isOutside && !isNamespace) return undefined;
  const namespace = isNamespace ? ref.name : ref.namespace;
  if (inside(namespace)) return undefined;
  // Whether a kind that only the cluster knows lives in namespaces, only the agent can ask.
  if (namespace === "" && clusterScoped) return undefined;
  const path = isNamespace ? "metadata.name" : "metadata.namespace";
  return { path, why: `expected a namespace like ${oneOf(namespaces)}` };
}

function isOfKind({ group, kind }: KindPattern, ref: ObjectRef): boolean {
  return (group ?? ref.group) === ref.group && (kind ?? ref.kind) === ref.kind;
}

/** A folder stands for all that is below it. */
function covers(globs: readonly string[], file: string): boolean {
  return globs.some((glob) => matches([glob, `${glob.replace(/\/$/, "")}/**`], file));
}

function matches(globs: readonly string[], text: string): boolean {
  return picomatch([...globs])(text);
}

function oneOf(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" or ");
}
