/** The page of a graph, beyond what all pages share. */
export const VIEWER_STYLE = `
main { max-width: 1560px; padding: 20px 20px 48px; }
section { padding: 16px 18px; }
[hidden] { display: none !important; }
.toolbar { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: center; margin-bottom: 12px; }
.choices { display: inline-flex; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.choices button { border: 0; border-radius: 0; } .choices button + button { border-left: 1px solid var(--line); }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 4px 12px; cursor: pointer; }
button:hover { background: var(--tint); }
button[aria-pressed=true] { background: var(--accent); color: var(--card); font-weight: 600; }
.toolbar .name { color: var(--soft); font-size: 13px; display: inline-flex; gap: 8px; align-items: center; }
.toolbar .end { margin-left: auto; display: inline-flex; gap: 6px; }
.viewer { display: grid; grid-template-columns: minmax(0, 1fr) 370px; gap: 16px; }
.stage { margin: 0; height: min(76vh, 900px); min-height: 420px; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; background: var(--page); position: relative; }
.stage .picture { display: block; width: 100%; height: 100%; cursor: grab; touch-action: none; user-select: none; }
.stage .picture.held { cursor: grabbing; }
.stage .none { padding: 24px; color: var(--soft); }
.picture .card { cursor: pointer; outline: none; }
.picture .card:focus-visible .box, .picture .card.near .box { stroke: var(--letters); stroke-width: 1.8; }
.picture .card.current .box { stroke: var(--letters); stroke-width: 2.6; }
.picture .arrow.near { stroke: var(--letters); stroke-width: 2; }
.picture.focused .card:not(.near):not(.current) { opacity: .38; } .picture.focused .arrow:not(.near) { opacity: .25; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; color: var(--soft); font-size: 12.5px; margin: 10px 0 0; padding: 0; list-style: none; }
.legend .swatch { margin-right: 6px; background: var(--c); }
.ramp { display: inline-block; width: 110px; height: 10px; border-radius: 3px; margin: 0 6px; }
aside { display: flex; flex-direction: column; gap: 12px; height: min(76vh, 900px); min-height: 420px; }
.details { flex: none; min-height: 210px; max-height: 58%; overflow: auto; border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.details h3 { margin: 0 0 6px; font-size: 17px; } .details .hint { color: var(--soft); font-size: 13px; }
.details dl { display: grid; grid-template-columns: 74px 1fr; gap: 4px 10px; margin: 0; font-size: 13px; }
.details dt { color: var(--soft); } .details dd { margin: 0; overflow-wrap: anywhere; }
.source { flex: 1; overflow: auto; margin: 0; border: 1px solid var(--line); border-radius: 10px; padding: 8px 0; counter-reset: line; font-size: 12.5px; list-style: none; }
.source li { padding: 0 12px 0 44px; position: relative; white-space: pre; min-width: max-content; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; line-height: 1.55; }
.source li::before { counter-increment: line; content: counter(line); position: absolute; left: 0; width: 32px; text-align: right; color: var(--soft); opacity: .7; }
.source li:hover { background: var(--tint); } .source li.current { background: var(--warn-tint); }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0 12px; }
td code { white-space: pre-wrap; }
.bar { display: inline-block; height: 8px; border-radius: 2px; background: #e0425a; vertical-align: 1px; min-width: 1px; }
.halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0 18px; align-items: start; } .halves section { min-width: 0; }
.long { max-height: 420px; overflow: auto; } .long thead th { position: sticky; top: 0; background: var(--card); }
@media (max-width: 900px) { .viewer { grid-template-columns: minmax(0, 1fr); } aside { height: auto; } .source { max-height: 260px; } .halves { grid-template-columns: minmax(0, 1fr); } }
`;
