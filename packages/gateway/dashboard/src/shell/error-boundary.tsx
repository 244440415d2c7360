import { Component, type ReactNode } from "react";

interface ErrorBoundaryState {
  readonly error: Error | null;
}

/** Shows what went wrong instead of an empty page when the dashboard itself fails. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="notice bad" role="alert">
        <p>
          <strong>This page failed.</strong> {this.state.error.message}
        </p>
        <button type="button" className="button small" onClick={() => location.reload()}>
          Load it again
        </button>
      </div>
    );
  }
}
