import { setTheme, type Theme, useTheme } from "./theme.ts";

const THEMES: readonly { readonly theme: Theme; readonly label: string; readonly icon: string }[] = [
  {
    theme: "light",
    label: "Light",
    icon: "M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M13 3l-1.4 1.4M4.4 11.6 3 13M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6",
  },
  { theme: "system", label: "As the system", icon: "M2 3h12v8H2zM6 14h4M8 11v3" },
  { theme: "dark", label: "Dark", icon: "M13.5 9.5A6 6 0 0 1 6.5 2.5 6 6 0 1 0 13.5 9.5" },
];

export function ThemeSwitch() {
  const present = useTheme();
  return (
    <fieldset className="segmented icons" aria-label="Theme">
      {THEMES.map(({ theme, label, icon }) => (
        <button
          key={theme}
          type="button"
          aria-pressed={present === theme}
          aria-label={label}
          title={label}
          onClick={() => setTheme(theme)}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d={icon}
              fill="none"
              stroke="currentColor"
              strokeWidth="1.5"
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          </svg>
        </button>
      ))}
    </fieldset>
  );
}
