/** Of the report, both themes. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --faint: #60646c; --line: #dcdfe4; --band: #f4f6f8;
  --bad: #b42318; --good: #176f3d; --open: #8a5a00; --mark: #2457c5; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e8eaed; --faint: #a0a6af; --line: #343a41; --band: #1d2126;
  --bad: #ff8a7a; --good: #6fd39a; --open: #f0b84d; --mark: #8fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; margin: 0 0 8px; } h2 { font-size: 18px; margin: 32px 0 8px; } p { margin: 6px 0; } ul { margin: 6px 0; padding-left: 20px; }
header { border-left: 5px solid var(--open); padding: 4px 0 4px 16px; }
header.pass { border-color: var(--good); } header.regression, header.broken { border-color: var(--bad); }
code { font: 13px ui-monospace, monospace; } .legend, figcaption span { color: var(--faint); } .legend { font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: middle; }
thead th { color: var(--faint); font-weight: 500; font-size: 13px; vertical-align: bottom; }
tbody th { font-weight: 600; white-space: normal; overflow-wrap: anywhere; min-width: 160px; }
th:first-child, td.words, td[colspan] { text-align: left; } td[colspan] { white-space: normal; } td.words { font-weight: 600; white-space: normal; min-width: 150px; }
.plot { padding: 0 6px; } .plot svg { display: block; }
svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
.zero { stroke: var(--faint); } .margin { stroke: var(--faint); stroke-dasharray: 3 3; }
tr { --state: var(--open); } tr.no-regression, tr.pass { --state: var(--good); } tr.regression, tr.failed { --state: var(--bad); } tr.identical, tr.unsupported { --state: var(--faint); }
td.words, tr.failed td { color: var(--state); }
.bounds { stroke: var(--state); stroke-width: 3; } .estimate { fill: var(--state); } .process { fill: var(--ink); opacity: .3; }
figure { margin: 16px 0; } .history { display: block; width: 100%; max-width: 960px; height: auto; margin-top: 4px; background: var(--band); border-radius: 6px; }
.grid { stroke: var(--line); } .points circle { fill: var(--ink); opacity: .45; } .points .beyond { fill: none; stroke: var(--ink); }
.level { stroke: var(--mark); stroke-width: 2; }
.worse line { stroke: var(--bad); } .worse text { fill: var(--bad); } .better line { stroke: var(--good); } .better text { fill: var(--good); }
`;
