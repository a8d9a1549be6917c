import type { Config } from 'vega-lite';

/** Colours of up to eight series, readable on white and on near-black. */
export const PALETTE = ['#2f7df6', '#f0701a', '#12a37a', '#a44fe0', '#e0425a', '#0fa3c7', '#b98a00', '#e051a8'] as const;

/** Dashes of the same series, so that colour is not the only difference. */
export const DASHES: readonly (readonly number[])[] = [[1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 2], [6, 2, 1, 2]];

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Axes and text take the colour of the surrounding text, so that one SVG serves light and dark pages. */
export const CONFIG: Config = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    tickColor: 'currentColor',
    domainColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.12,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 8,
  },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', labelFontSize: 12, labelLimit: 260, symbolStrokeWidth: 2.5 },
  title: { color: 'currentColor', fontSize: 14, fontWeight: 600, anchor: 'start', offset: 12 },
};

/** Colour and dash scales over named series, in the order given. */
export function seriesScales(names: readonly string[]) {
  return {
    color: { domain: [...names], range: names.map((_, i) => PALETTE[i % PALETTE.length]!) },
    dash: { domain: [...names], range: names.map((_, i) => [...DASHES[i % DASHES.length]!]) },
  };
}
