/** Style sheet of the report page: light, dark and print, without external fonts or pictures. */
export const STYLE = `
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
section, .banner { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-top: 18px; }
.eyebrow { color: var(--soft); font-size: 12px; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
.lead, .note { color: var(--soft); }
.note { font-size: 13px; margin: 10px 0 0; }
.scroll { overflow-x: auto; }
.num { font-variant-numeric: tabular-nums; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .87em; overflow-wrap: anywhere; }
pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .87em; margin: 6px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }

.banner { border-left: 6px solid var(--warn); background: var(--warn-tint); }
.banner .word { font-size: 22px; font-weight: 700; color: var(--warn); text-transform: capitalize; }
.banner.supported { border-left-color: var(--good); background: var(--good-tint); } .banner.supported .word { color: var(--good); }
.banner.overestimated { border-left-color: var(--bad); background: var(--bad-tint); } .banner.overestimated .word { color: var(--bad); }
.banner ul, .limits { margin: 8px 0 0; padding-left: 20px; } .banner li, .limits li { margin: 4px 0; max-width: 84ch; }

table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-size: 12px; font-weight: 600; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
td.num + td:not(.num), th.num + th:not(.num) { padding-left: 28px; }
td.num, th.num { text-align: right; white-space: nowrap; padding: 8px 0 8px 14px; }
.ci { display: block; color: var(--soft); font-size: 12px; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
.model { font-weight: 600; overflow-wrap: anywhere; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px 28px; margin: 14px 0 0; }
.facts dt { color: var(--soft); font-size: 12px; font-weight: 600; } .facts dd { margin: 1px 0 0; overflow-wrap: anywhere; }

.chart svg { display: block; max-width: 100%; height: auto; margin: 8px auto 0; color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(270px, 1fr)); gap: 20px; margin-top: 14px; }
.matrices { display: flex; flex-wrap: wrap; gap: 22px 40px; margin-top: 14px; } .matrices .tile { max-width: 100%; }
.tile { break-inside: avoid; }

.gallery { border-spacing: 0; width: auto; } .gallery th, .gallery td { border: 0; padding: 5px 10px 5px 0; text-align: center; }
.gallery thead th { text-align: center; } .gallery th[scope=row] { text-align: left; color: var(--soft); font-size: 12px; vertical-align: middle; padding-right: 16px; }
.gallery tr.first > * { padding-top: 16px; border-top: 1px solid var(--line); }
.gallery img { display: block; width: 84px; height: 84px; image-rendering: pixelated; border-radius: 4px; border: 1px solid var(--line); margin: 0 auto 3px; }
.caption { display: block; font-size: 12px; line-height: 1.3; max-width: 92px; margin: 0 auto; overflow-wrap: anywhere; }
.caption .sure { color: var(--soft); display: block; white-space: nowrap; } .right { color: var(--good); } .wrong { color: var(--bad); font-weight: 600; }

.matrix { width: auto; font-size: 12px; } .matrix th, .matrix td { border: 1px solid var(--card); padding: 5px 7px; text-align: right; }
.matrix td { font-variant-numeric: tabular-nums; min-width: 38px; } .matrix th { color: var(--soft); font-weight: 500; max-width: 120px; overflow-wrap: anywhere; }
.matrix thead th { vertical-align: bottom; text-align: right; }

.flags { list-style: none; padding: 0; margin: 14px 0 0; }
.flags li { padding: 12px 0; border-top: 1px solid var(--line); display: grid; grid-template-columns: 92px 1fr; gap: 4px 16px; break-inside: avoid; }
.chip { display: inline-block; border-radius: 99px; padding: 1px 10px; font-size: 12px; font-weight: 600; height: fit-content; justify-self: start; background: var(--tint); color: var(--soft); }
.chip.warning { background: var(--warn-tint); color: var(--warn); } .chip.error { background: var(--bad-tint); color: var(--bad); }

footer { color: var(--soft); font-size: 13px; margin-top: 22px; }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #111; --soft: #555; --line: #ccc; --tint: #eee; color-scheme: light; }
  body { font-size: 11.5px; } main { max-width: none; padding: 0; } section, .banner { border-radius: 0; padding: 12px 0; border-width: 1px 0 0; }
  .banner { padding-left: 12px; border-left-width: 5px; } h2 { break-after: avoid; } tr { break-inside: avoid; } .scroll { overflow: visible; }
  .gallery img { width: 60px; height: 60px; }
}
@media (max-width: 640px) { main { padding: 18px 12px 40px; } section, .banner { padding: 16px; } .flags li { grid-template-columns: 1fr; } }
`;
