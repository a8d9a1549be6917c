import { literal, row } from '../../report/render-markdown.js';
import type { GeneratorReport } from '../generator-report.schema.js';
import { computedFigures, generatorName } from './figures.js';

/** Renders the short form of a report for a pull request or a wiki: table, notes, limits. */
export function renderGeneratorMarkdown(report: GeneratorReport): string {
  const { header: { dataset, classifier, options }, results, notes, limits } = report;
  const head = ['Figure', ...results.map(({ model }) => literal(generatorName(report, model))), 'Training examples', 'Better'];
  const rows = computedFigures(report).map(({ label, text, reference, better }) => [label, ...results.map((result) => text(result) ?? '–'), reference ?? '–', better || '–']);
  const eyes = classifier === null ? 'none' : `${literal(classifier.name)} (${classifier.features}, ${classifier.width} numbers)`;
  return [
    `# ${literal(report.title)}`,
    '',
    `Data: ${literal(dataset.name)}, ${dataset.split} split, ${dataset.n} examples, digest \`${dataset.digest}\`; ${options.samples} samples of each model; classifier: ${eyes}; seed ${options.seed}.`,
    '',
    row(head),
    row(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(row),
    '',
    ...notes.map(({ code, severity, model, message }) => `- **${code}** (${severity}${model === null ? '' : `, ${literal(generatorName(report, model))}`}): ${literal(message)}`),
    '',
    ...limits.map((limit) => `> ${literal(limit)}\n>`),
    '',
  ].join('\n');
}
