import { failed, type GateCheck, passed } from "./gate-check.ts";

/** GET answers with the expected status. A redirect is an answer like any other. */
export const httpGate: GateCheck<"http"> = async ({ gate: { url, status } }, { signal }) => {
  const answer = await fetch(url, { redirect: "manual", ...(signal === undefined ? {} : { signal }) });
  await answer.body?.cancel();
  const said = `${url} answered ${answer.status}`;
  return answer.status === status ? passed(said) : failed(`${said}, expected ${status}`);
};
