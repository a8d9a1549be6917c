import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from './render-svg.js';
import { CONFIG, seriesScales } from './theme.js';

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around y, drawn as a band. */
  readonly low?: number;
  readonly high?: number;
}

export interface LineSeries {
  readonly name: string;
  readonly points: readonly LinePoint[];
}

export interface LineChart {
  readonly title?: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly LineSeries[];
  /** Range of the y axis; by default that of the points. */
  readonly yDomain?: readonly [number, number];
  /** d3 format of the y axis, e.g. `.0%`. */
  readonly yFormat?: string;
  /** Marks on every point; for short series. */
  readonly points?: boolean;
  readonly width?: number;
  readonly height?: number;
}

/** Names made distinct by a running number, so that equal names stay separate lines. */
function distinctNames(series: readonly LineSeries[]): string[] {
  const seen = new Map<string, number>();
  return series.map(({ name }) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** Columns that fit: without a canvas, text counts as 0.8 of its size for each character. */
function legendColumns(names: readonly string[], width: number): number {
  const longest = Math.max(...names.map((name) => name.length));
  return Math.max(1, Math.floor(width / (0.8 * 12 * longest + 40)));
}

/** The Vega-Lite specification of a line chart: bands, lines, and a legend below when there is more than one series. */
export function lineChartSpec(chart: LineChart): TopLevelSpec {
  const names = distinctNames(chart.series);
  const values = chart.series.flatMap(({ points }, s) => points.map((point) => ({ ...point, series: names[s]! })));
  const { color, dash } = seriesScales(names);
  const width = chart.width ?? 640;
  const legend = names.length > 1 ? ({ orient: 'bottom', title: null, columns: legendColumns(names, width), symbolType: 'stroke', symbolOpacity: 1, symbolSize: 320, labelLimit: 500 } as const) : null;
  const x = { field: 'x', type: 'quantitative', title: chart.xTitle, scale: { nice: false, zero: false } } as const;
  const yScale = chart.yDomain ? { domain: [...chart.yDomain] } : { zero: false };
  const y = { field: 'y', type: 'quantitative', title: chart.yTitle, scale: yScale, axis: { format: chart.yFormat ?? '~g' } } as const;
  const colour = { field: 'series', type: 'nominal', scale: color, legend } as const;
  return {
    ...(chart.title === undefined ? {} : { title: chart.title }),
    width,
    height: chart.height ?? 300,
    padding: 8,
    config: CONFIG,
    data: { values },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
        mark: { type: 'area', opacity: 0.16, aria: false },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color: colour },
      },
      {
        mark: { type: 'line', strokeWidth: 2.2, point: chart.points ? { size: 34, filled: true } : false, aria: false },
        encoding: { x, y, color: colour, strokeDash: { field: 'series', type: 'nominal', scale: dash, legend } },
      },
    ],
  };
}

/** Draws series over a common x axis as a standalone SVG document, e.g. the metrics of a training job. */
export function lineChart(chart: LineChart): Promise<string> {
  return renderSvg(lineChartSpec(chart));
}
