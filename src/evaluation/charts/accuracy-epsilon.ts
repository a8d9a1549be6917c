import type { Report } from '../report.schema.js';
import { lineChart } from './line-chart.js';

/** Worst-case accuracy over the radii of all models, with 95 % intervals; the first point is the clean accuracy. */
export function accuracyEpsilonChart({ header, results }: Report): Promise<string> {
  return lineChart({
    xTitle: `Radius epsilon (${header.threatModel.norm}, raw input units)`,
    yTitle: 'Accuracy under attack',
    yDomain: [0, 1],
    yFormat: '.0%',
    points: true,
    width: 780,
    height: 330,
    series: results.map(({ model, robustness }) => ({
      name: header.models.find(({ id }) => id === model)?.name ?? model,
      points: robustness.map(({ epsilon, worstCase }) => ({ x: epsilon, y: worstCase.value, low: worstCase.low, high: worstCase.high })),
    })),
  });
}
