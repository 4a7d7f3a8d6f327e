import { displayRef, type ObjectRef, type ObjectView, refKey } from "../../common/domain/index.ts";
import { AppError } from "../../common/errors.ts";
import type { ObjectRequest } from "../surfaces.ts";

/** The object that a person means among those of a cluster. NOT_FOUND for none, INVALID_ARGUMENT for several. */
export function findObject(objects: readonly ObjectView[], request: ObjectRequest): ObjectRef {
  const { environment, cluster, namespace, name } = request;
  const found = new Map<string, ObjectRef>();
  for (const { group, kind, namespace: where, name: called } of objects) {
    const ref = { group, kind, namespace: where, name: called };
    const isMeant = called === name && isKind(request.kind, ref) && (namespace ?? where) === where;
    if (isMeant) found.set(refKey(ref), ref);
  }
  const [first, second] = found.values();
  const said = `${request.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
  if (first === undefined) {
    throw new AppError(
      "NOT_FOUND",
      `No object "${said}" of environment "${environment}" on cluster "${cluster}"; 'drover get objects -e ${environment} -c ${cluster}' lists them`,
    );
  }
  if (second !== undefined) {
    const all = [...found.values()].map((ref) => `${displayRef(ref)}${ref.group === "" ? "" : ` (${ref.group})`}`);
    throw new AppError(
      "INVALID_ARGUMENT",
      `Several objects are "${said}": ${all.join(", ")}; say -n NAMESPACE or KIND.GROUP`,
    );
  }
  return first;
}

/** "Deployment", "deployment", "deployments" or "deployment.apps". */
function isKind(word: string, { group, kind }: ObjectRef): boolean {
  const [said = "", ...rest] = word.toLowerCase().split(".");
  const meant = kind.toLowerCase();
  if (rest.length > 0 && rest.join(".") !== group) return false;
  return said === meant || said === `${meant}s` || said === `${meant}es` || said === meant.replace(/y$/, "ies");
}
