import { signal } from "@preact/signals";
import { render } from "preact";
import { App } from "./app.tsx";
import { createClient } from "./client.ts";
import { startNow } from "./now.ts";
import { type Route, routeOf } from "./route.ts";
import { createSession } from "./session.ts";

const route = signal<Route>(routeOf(location.pathname));
const session = createSession(createClient((...args) => fetch(...args)));

function go(): void {
  route.value = routeOf(location.pathname);
}

// Links between pages need no new page.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.origin !== location.origin || link.target !== "" || link.hash !== "") return;
  if (routeOf(link.pathname).page === "nowhere") return;
  event.preventDefault();
  history.pushState(null, "", link.pathname);
  go();
  scrollTo(0, 0);
});
addEventListener("popstate", go);

// A page that nobody sees costs the hub nothing.
document.addEventListener("visibilitychange", () => {
  if (session.login.value.kind !== "in") return;
  if (document.hidden) session.live.stop();
  else session.live.start();
});
addEventListener("online", session.live.hurry);

startNow();
render(<App session={session} route={route} />, document.body);
void session.open();
