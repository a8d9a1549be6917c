import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GeneratorReport } from './generator-report.schema.js';
import { figuresOf } from './report/figures.js';
import { renderGeneratorHtml } from './report/render-html.js';
import { renderGeneratorMarkdown } from './report/render-markdown.js';

/** One row for each figure of each model: model id, figure, value. Figures that were not computed are left out. */
export function metricsCsv(report: GeneratorReport): string {
  const rows = report.results.flatMap((result) =>
    figuresOf(report).flatMap(({ key, value }) => {
      const number = value(result);
      return number === null ? [] : [`${result.model},${key},${number}`];
    }),
  );
  return ['model,figure,value', ...rows, ''].join('\n');
}

/** Writes all forms of a report into the folder that holds its pictures. */
export async function writeGeneratorReport(report: GeneratorReport, folder: string): Promise<void> {
  const files = {
    'report.json': JSON.stringify(report, null, 1),
    'report.html': await renderGeneratorHtml(report, (file) => readFile(path.join(folder, file))),
    'report.md': renderGeneratorMarkdown(report),
    'metrics.csv': metricsCsv(report),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
}
