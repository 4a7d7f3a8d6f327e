import { render } from "preact";
import { App } from "./app.tsx";
import { createClient } from "./client.ts";
import { startNavigation } from "./navigation.ts";
import { startNow } from "./now.ts";
import { createSession } from "./session.ts";

const session = createSession(createClient((...args) => fetch(...args)));

// A page that nobody sees costs the hub nothing.
document.addEventListener("visibilitychange", () => {
  if (session.login.value.kind !== "in") return;
  if (document.hidden) session.live.stop();
  else session.live.start();
});
addEventListener("online", session.live.hurry);

startNow();
startNavigation();
render(<App session={session} />, document.body);
void session.open();
