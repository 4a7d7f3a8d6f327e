/** Who refused a request that the caller was allowed to make. `name` is the webhook's or the policy's. */
export interface Admission {
  readonly type: "webhook" | "policy" | "podSecurity" | "quota" | "plugin";
  readonly name?: string;
}

/**
 * Recognises an admission's refusal, which has no reason of its own in the API: only the wording tells. A 403 that
 * authorization gave always says who may not do what.
 */
export function admissionOf(code: number, message: string): Admission | undefined {
  const webhook = /admission webhook "([^"]+)" denied the request/.exec(message)?.[1];
  if (webhook !== undefined) return { type: "webhook", name: webhook };
  const policy = /ValidatingAdmissionPolicy '([^']+)'.* denied request/.exec(message)?.[1];
  if (policy !== undefined) return { type: "policy", name: policy };
  if (code !== 403) return undefined;
  if (message.includes("violates PodSecurity")) return { type: "podSecurity" };
  if (message.includes("exceeded quota") || message.includes("failed quota")) return { type: "quota" };
  const isAuthorization = /\buser "[^"]*"( \([^)]*\))? (cannot|is attempting to grant)/i.test(message);
  return isAuthorization ? undefined : { type: "plugin" };
}
