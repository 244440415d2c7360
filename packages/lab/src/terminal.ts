/** How this project's commands talk to people: tables, progress, exit codes. For commands of other packages, so that all look alike. */
export { EXIT } from "./command/exit-code.ts";
export { listenForInterrupt } from "./command/interrupt.ts";
export { type ProgressDisplay, progressDisplay } from "./command/progress.ts";
export { type Output, print, printJson, type Terminal } from "./command/terminal.ts";
export { formatNumber, formatSeconds, textTable } from "./command/text-table.ts";
