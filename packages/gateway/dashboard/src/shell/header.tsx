import { Link } from "../routing/location.tsx";
import { AccessMenu } from "./access-menu.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

export function Header() {
  return (
    <header className="masthead">
      <div className="masthead-inner">
        <Link to="/" className="wordmark">
          <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <path d="M6 4v22h22" fill="none" stroke="var(--ink-faint)" strokeWidth="2" strokeLinecap="round" />
            <path
              d="M6 7c6 1 8.500 4 10.500 9s4.500 7 9.500 8"
              fill="none"
              stroke="var(--accent)"
              strokeWidth="2.6"
              strokeLinecap="round"
            />
            <circle cx="26" cy="24" r="3" fill="var(--series-2)" />
          </svg>
          Ansatz
        </Link>
        <nav aria-label="Main">
          <Link to="/" className="nav-link nav-home">
            Experiments
          </Link>
          <a href="/graphql" className="nav-link">
            GraphQL
          </a>
        </nav>
        <AccessMenu />
        <ThemeSwitch />
      </div>
    </header>
  );
}
