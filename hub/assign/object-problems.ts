import { displayRef, type Problem, parseSyncOrder, refKey, refOf } from "../../common/domain/index.ts";
import type { RenderedObject } from "../ports.ts";
import { positionOfSource } from "../resolve/index.ts";

// Some built-in kinds (roles, bindings) allow more than DNS names; these are what no kind allows.
const unusableName = /[/%\s]|[^\x21-\x7e]|^\.{1,2}$|\$\{/;
const namespacePattern = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsNamePattern = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const freelyNamed = new Set([
  "rbac.authorization.k8s.io/Role",
  "rbac.authorization.k8s.io/RoleBinding",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "certificates.k8s.io/ClusterTrustBundle",
  "networking.k8s.io/IPAddress",
]);

/** What can be said of objects without asking a cluster: names, and that each object is there once. */
export function objectProblems(objects: readonly RenderedObject[]): Problem[] {
  const sources = new Map<string, string>();
  return objects.flatMap(({ manifest, source }) => {
    const ref = refOf(manifest);
    const problem = (path: string, message: string): Problem => {
      const position = positionOfSource(source, path);
      return { severity: "error", message, ...(position === undefined ? {} : { position }) };
    };
    const problems: Problem[] = [];
    const free = freelyNamed.has(`${ref.group}/${ref.kind}`);
    if (free ? unusableName.test(ref.name) : !dnsNamePattern.test(ref.name)) {
      const expected = free ? "no spaces, slashes or percent signs" : "lower-case letters, digits, dashes and dots";
      problems.push(problem("metadata.name", `Invalid name of ${displayRef(ref)}: expected ${expected}`));
    }
    if (ref.namespace !== "" && !namespacePattern.test(ref.namespace)) {
      problems.push(
        problem(
          "metadata.namespace",
          `Invalid namespace of ${displayRef(ref)}: expected lower-case letters, digits and dashes`,
        ),
      );
    }
    for (const { annotation, message } of parseSyncOrder(manifest.metadata.annotations ?? {}).mistakes) {
      const path = `metadata.annotations["${annotation}"]`;
      problems.push(problem(path, `Annotation "${annotation}" of ${displayRef(ref)}: ${message}`));
    }
    const key = refKey(ref);
    const other = sources.get(key);
    if (other === undefined) sources.set(key, source);
    else {
      const place = other === "" ? "" : `, the other one is in ${other}`;
      problems.push(problem("metadata.name", `Two objects ${displayRef(ref)}: expected it once${place}`));
    }
    return problems;
  });
}
