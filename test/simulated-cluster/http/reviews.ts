import { isObject, type Json, type JsonObject } from "../json.ts";

/** Everybody with the token may do everything: there is no authorization in a simulated cluster. */
export function answerReview(body: Json): JsonObject {
  const review = isObject(body) ? body : {};
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
  const status =
    review["kind"] === "SelfSubjectRulesReview"
      ? { resourceRules: [all], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }], incomplete: false }
      : { allowed: true };
  return { ...review, metadata: {}, status };
}
