import { signal } from "@preact/signals";
import { type Route, routeOf } from "./route.ts";

/** Where people are. */
export const route = signal<Route>({ page: "overview" });

export function goTo(path: string): void {
  history.pushState(null, "", path);
  arrive();
  scrollTo(0, 0);
}

function arrive(): void {
  route.value = routeOf(location.pathname);
}

/** Links between pages need no new document. */
export function startNavigation(): void {
  arrive();
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    const { defaultPrevented, button, metaKey, ctrlKey, shiftKey, altKey, target } = event;
    if (defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
    const link = target instanceof Element ? target.closest("a") : null;
    if (link === null || link.origin !== location.origin || link.target !== "" || link.hash !== "") return;
    if (routeOf(link.pathname).page === "nowhere") return;
    event.preventDefault();
    goTo(link.pathname);
  });
}
