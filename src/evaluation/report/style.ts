/** Style sheet of the report page beyond that of all pages: light, dark and print. */
export const STYLE = `
pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .87em; margin: 6px 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.banner { border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-top: 18px; border-left: 6px solid var(--warn); background: var(--warn-tint); }
.banner .word { font-size: 22px; font-weight: 700; color: var(--warn); text-transform: capitalize; }
.banner.supported { border-left-color: var(--good); background: var(--good-tint); } .banner.supported .word { color: var(--good); }
.banner.overestimated { border-left-color: var(--bad); background: var(--bad-tint); } .banner.overestimated .word { color: var(--bad); }
.banner ul, .limits { margin: 8px 0 0; padding-left: 20px; } .banner li, .limits li { margin: 4px 0; max-width: 84ch; }

.ci { display: block; color: var(--soft); font-size: 12px; }
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
.chip.warning { background: var(--warn-tint); color: var(--warn); } .chip.error { background: var(--bad-tint); color: var(--bad); }

@media print {
  :root { --page: #fff; --card: #fff; --ink: #111; --soft: #555; --line: #ccc; --tint: #eee; color-scheme: light; }
  body { font-size: 11.5px; } main { max-width: none; padding: 0; } section, .banner { border-radius: 0; padding: 12px 0; border-width: 1px 0 0; }
  .banner { padding-left: 12px; border-left-width: 5px; } h2 { break-after: avoid; } tr { break-inside: avoid; } .scroll { overflow: visible; }
  .gallery img { width: 60px; height: 60px; }
}
@media (max-width: 640px) { main { padding: 18px 12px 40px; } section, .banner { padding: 16px; } .flags li { grid-template-columns: 1fr; } }
`;
