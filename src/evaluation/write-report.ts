import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from './report.schema.js';
import { renderHtml } from './report/render-html.js';
import { renderMarkdown } from './report/render-markdown.js';

/** Writes `report.json`, `report.html` and `report.md` into the folder that holds the files which the report names. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  await writeFile(path.join(folder, 'report.json'), JSON.stringify(report, null, 1));
  const page = await renderHtml(report, (file) => readFile(path.join(folder, file)));
  await writeFile(path.join(folder, 'report.html'), page);
  await writeFile(path.join(folder, 'report.md'), renderMarkdown(report));
}
