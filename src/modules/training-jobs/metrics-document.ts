import type { MetricSeries } from '../../persistence/repositories/job-event.repository.js';

/** Wide table: one row for each step, one column for each metric; empty where a metric has no value. */
export function metricsCsv(series: readonly MetricSeries[]): string {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  const columns = series.map(({ points }) => new Map(points.map(({ step, value }) => [step, value])));
  const quote = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  const header = ['step', ...series.map(({ name }) => quote(name))].join(',');
  return [header, ...steps.map((step) => [step, ...columns.map((column) => column.get(step) ?? '')].join(',')), ''].join('\n');
}

/** The chosen series, or every loss, or everything where nothing is called a loss. */
export function chooseSeries(series: readonly MetricSeries[], names: readonly string[] | undefined): readonly MetricSeries[] {
  if (names !== undefined && names.length > 0) return series.filter(({ name }) => names.includes(name));
  const losses = series.filter(({ name }) => /loss/i.test(name));
  return losses.length > 0 ? losses : series;
}
