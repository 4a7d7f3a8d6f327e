import { useEffect } from "preact/hooks";
import { route } from "./navigation.ts";
import { ClusterPage } from "./pages/cluster-page.tsx";
import { ClustersPage } from "./pages/clusters-page.tsx";
import { DriftPage } from "./pages/drift-page.tsx";
import { EnvironmentPage } from "./pages/environment-page.tsx";
import { LoginPage } from "./pages/login-page.tsx";
import { OverviewPage } from "./pages/overview-page.tsx";
import { LiveStatus } from "./parts/live-status.tsx";
import { Empty } from "./parts/notice.tsx";
import { type Route, titleOf } from "./route.ts";
import { type Session, SessionContext } from "./session.ts";

const links = [
  { href: "/", text: "Overview", pages: ["overview", "environment"] },
  { href: "/clusters", text: "Clusters", pages: ["clusters", "cluster"] },
  { href: "/drift", text: "Drift", pages: ["drift"] },
];

export function App({ session }: { readonly session: Session }) {
  const login = session.login.value;
  if (login.kind === "asking") return <p class="faint">Reading…</p>;
  if (login.kind === "out") return <LoginPage reason={login.reason} logIn={session.logIn} />;
  return (
    <SessionContext.Provider value={session}>
      <a class="skip" href="#content">
        To the content
      </a>
      <header class="top">
        <strong class="brand">Drover</strong>
        <nav aria-label="Pages">
          {links.map(({ href, text, pages }) => (
            <a key={href} href={href} aria-current={pages.includes(route.value.page) ? "page" : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <LiveStatus live={session.live} />
        <span class="who">{login.name}</span>
        <button type="button" onClick={() => void session.logOut()}>
          Log out
        </button>
      </header>
      <Page route={route.value} />
    </SessionContext.Provider>
  );
}

function Page({ route }: { readonly route: Route }) {
  const title = titleOf(route);
  // Who listens to the page hears where they are now.
  useEffect(() => {
    document.title = `${title} · Drover`;
    document.querySelector("h1")?.focus();
  }, [title]);
  return (
    <main id="content" key={`${route.page} ${title}`}>
      {pageOf(route)}
    </main>
  );
}

function pageOf(route: Route) {
  switch (route.page) {
    case "overview":
      return <OverviewPage />;
    case "environment":
      return <EnvironmentPage name={route.name} />;
    case "clusters":
      return <ClustersPage />;
    case "cluster":
      return <ClusterPage name={route.name} />;
    case "drift":
      return <DriftPage />;
    case "nowhere":
      return (
        <>
          <h1 tabIndex={-1}>Not found</h1>
          <Empty>
            There is no such page. <a href="/">The overview</a> leads everywhere.
          </Empty>
        </>
      );
  }
}
