import type { TopLevelSpec } from 'vega-lite';
import type { Calibration } from '../metrics/calibration.js';
import { renderSvg } from './render-svg.js';
import { CONFIG, PALETTE } from './theme.js';

const SIDE = 240;
const UNIT_SCALE = { domain: [0, 1] };

/** The Vega-Lite specification: accuracy of each confidence bin against the diagonal, and the share of examples below. */
export function reliabilitySpec({ bins }: Pick<Calibration, 'bins'>, seriesIndex = 0): TopLevelSpec {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const values = bins.flatMap(({ low, high, count, accuracy, confidence }) =>
    accuracy === null || confidence === null ? [] : [{ low, high, accuracy, confidence, share: count / total }],
  );
  const colour = PALETTE[seriesIndex % PALETTE.length]!;
  const axis = { format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] };
  const x = { field: 'low', type: 'quantitative', title: null, scale: UNIT_SCALE, axis: { ...axis, labels: false, ticks: false } } as const;
  const y = { type: 'quantitative', scale: UNIT_SCALE, title: 'Accuracy', axis } as const;
  const bar = { type: 'bar', aria: false, binSpacing: 1.5, color: colour } as const;
  return {
    padding: 6,
    config: CONFIG,
    spacing: 8,
    vconcat: [
      {
        width: SIDE,
        height: SIDE,
        layer: [
          {
            data: { values: [{ at: 0 }, { at: 1 }] },
            mark: { type: 'line', color: 'currentColor', opacity: 0.55, strokeDash: [5, 4], aria: false },
            encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
          },
          {
            data: { values },
            mark: { ...bar, opacity: 0.7 },
            encoding: { x, x2: { field: 'high' }, y: { ...y, field: 'accuracy' }, y2: { datum: 0 } },
          },
          {
            data: { values },
            mark: { type: 'point', filled: true, color: 'currentColor', size: 26, opacity: 0.9, aria: false },
            encoding: { x: { ...x, field: 'confidence' }, y: { ...y, field: 'accuracy' } },
          },
        ],
      },
      {
        width: SIDE,
        height: 54,
        data: { values },
        mark: { ...bar, opacity: 0.45 },
        encoding: {
          x: { ...x, title: 'Confidence', axis },
          x2: { field: 'high' },
          y: { field: 'share', type: 'quantitative', title: 'Share', axis: { format: '.0%', tickCount: 2 } },
          y2: { datum: 0 },
        },
      },
    ],
  };
}

/** Draws the reliability diagram of one model as a standalone SVG document. */
export function reliabilityChart(calibration: Pick<Calibration, 'bins'>, seriesIndex = 0): Promise<string> {
  return renderSvg(reliabilitySpec(calibration, seriesIndex));
}
