import { ComparePage } from "./pages/compare.tsx";
import { ExperimentPage } from "./pages/experiment.tsx";
import { HomePage } from "./pages/home.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { RunPage } from "./pages/run.tsx";
import { Link, useAddress } from "./routing/location.tsx";
import { parseAddress, type Route } from "./routing/route.ts";
import { ConnectionBanner } from "./shell/connection-banner.tsx";
import { ErrorBoundary } from "./shell/error-boundary.tsx";
import { Header } from "./shell/header.tsx";

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "home":
      return <HomePage />;
    case "experiment":
      return <ExperimentPage key={route.id} id={route.id} like={route.like} />;
    case "run":
      return <RunPage key={route.id} id={route.id} />;
    case "compare":
      return <ComparePage ids={route.ids} />;
    case "unknown":
      return (
        <NotFoundPage title="There is no such page">
          <Link to="/">Back to the experiments.</Link>
        </NotFoundPage>
      );
  }
}

export function App() {
  const address = useAddress();
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <Header />
      <ConnectionBanner />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={address.split("?")[0]}>
          <Page route={parseAddress(address)} />
        </ErrorBoundary>
      </main>
    </>
  );
}
