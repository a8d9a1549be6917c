/** What all pages share: colours of light and dark, text, sections and tables, without external fonts or pictures. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --ink: #1b2030; --soft: #5c6478; --line: #dfe2ea; --tint: #eef1f6;
  --accent: #2f5fd0; --good: #15795a; --good-tint: #e2f4ec; --warn: #95600a; --warn-tint: #fdf2dc; --bad: #b02a40; --bad-tint: #fce8eb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151c; --card: #1a1e28; --ink: #e7eaf2; --soft: #9aa3b8; --line: #2e3442; --tint: #232936;
    --accent: #8fb0ff; --good: #6fd6ad; --good-tint: #17332a; --warn: #f0bf6a; --warn-tint: #382c14; --bad: #ff98a6; --bad-tint: #3d1c24;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); line-height: 1.5; font-size: 15px;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  -webkit-print-color-adjust: exact; print-color-adjust: exact;
}
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 4px 0 6px; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 0 0 4px; letter-spacing: -.005em; }
h3 { font-size: 15px; margin: 0 0 8px; overflow-wrap: anywhere; }
p { margin: 0 0 12px; max-width: 78ch; }
a { color: var(--accent); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-top: 18px; }
.eyebrow { color: var(--soft); font-size: 12px; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
.lead, .note { color: var(--soft); }
.note { font-size: 13px; margin: 10px 0 0; }
.scroll { overflow-x: auto; }
.num { font-variant-numeric: tabular-nums; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .87em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-size: 12px; font-weight: 600; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
td.num + td:not(.num), th.num + th:not(.num) { padding-left: 28px; }
td.num, th.num { text-align: right; white-space: nowrap; padding: 8px 0 8px 14px; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
.chip { display: inline-block; border-radius: 99px; padding: 1px 10px; font-size: 12px; font-weight: 600; height: fit-content; justify-self: start; background: var(--tint); color: var(--soft); }
footer { color: var(--soft); font-size: 13px; margin-top: 22px; }
`;
