/** Style of the evaluation report, for screen and print. */
export const reportStyle = `
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6878; --line: #dde3ea; --accent: #1f6feb; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 72rem; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
header p { color: var(--soft); }
header strong { color: #b42318; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .9rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: .875rem; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr.ours td { font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; }
figure svg { max-width: 100%; height: auto; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } figure, table { break-inside: avoid; } }
`
