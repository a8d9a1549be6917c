/** How cards and arrows look in light and dark: in the SVG document and in the page. `--c` is a card's colour, `--tint` how much of it fills the card. */
export const PICTURE_STYLE = `
.picture { --surface: #ffffff; --letters: #1b2030; --quiet: #5c6478; --stroke: #a3abbd; --c: #8a93a8; --tint: 12%;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { .picture { --surface: #1a1e28; --letters: #e7eaf2; --quiet: #a6aec2; --stroke: #66708a; --tint: 20%; } }
.picture .box { fill: color-mix(in srgb, var(--c) var(--tint), var(--surface)); stroke: color-mix(in srgb, var(--c) 75%, var(--surface)); stroke-width: 1.2; }
.picture .inner { fill: none; stroke: color-mix(in srgb, var(--c) 55%, var(--surface)); }
.picture .title { font-size: 13px; font-weight: 600; fill: var(--letters); }
.picture .id, .picture .pattern, .picture .type { font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--quiet); }
.picture .pattern { fill: var(--letters); }
.picture .id { opacity: .75; }
.picture .arrow { fill: none; stroke: var(--stroke); stroke-width: 1.3; }
.picture .tip { fill: var(--stroke); }
.picture .k-output .box, .picture .k-update .box { fill: var(--c); stroke: var(--c); }
.picture .k-output .title, .picture .k-update .title { fill: var(--surface); }
.picture[data-colour=family] .f-input { --c: #2f7df6; }
.picture[data-colour=family] .f-shared { --c: #a44fe0; }
.picture[data-colour=family] .f-constant { --c: #8a93a8; }
.picture[data-colour=family] .f-elementwise { --c: #0fa3c7; }
.picture[data-colour=family] .f-logic { --c: #e051a8; }
.picture[data-colour=family] .f-linear { --c: #f0701a; }
.picture[data-colour=family] .f-reduction { --c: #12a37a; }
.picture[data-colour=family] .f-shape { --c: #6672dd; }
.picture[data-colour=family] .f-indexing { --c: #b98a00; }
.picture[data-colour=family] .f-recurrence { --c: #7a9a1f; }
.picture[data-colour=family] .k-output { --c: var(--letters); }
.picture[data-colour=family] .k-update { --c: #a44fe0; }
.picture[data-colour=dtype] .d-float32 { --c: #2f7df6; }
.picture[data-colour=dtype] .d-int32 { --c: #f0701a; }
.picture[data-colour=dtype] .d-bool { --c: #12a37a; }
.picture:is([data-colour=time], [data-colour=bytes]) .costed :is(.type, .id) { fill: var(--letters); opacity: 1; }
.picture[data-colour=time] .costed { --c: color-mix(in srgb, #e0425a calc(25% + .75% * var(--time)), #8a93a8); --tint: calc(8% + .62% * var(--time)); }
.picture[data-colour=bytes] .costed { --c: color-mix(in srgb, #2f7df6 calc(25% + .75% * var(--size)), #8a93a8); --tint: calc(8% + .62% * var(--size)); }
`;
