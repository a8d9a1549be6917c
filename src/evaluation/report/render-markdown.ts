import { attackLabel } from '../../attacks/objective.js';
import { percent } from '../../pages/numbers.js';
import type { Report } from '../report.schema.js';
import { interval, modelName } from './numbers.js';

/** Text in a Markdown table or paragraph: one line, with everything that Markdown or HTML would read made literal. */
export function literal(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|!&~]/g, '\\$&');
}

/** One line of a table. */
export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Renders the short form of a report for a pull request or a wiki: verdict, table, flags, limits. */
export function renderMarkdown(report: Report): string {
  const { header, results, verdict, flags, limits } = report;
  const { epsilons, norm, knowledge, goal } = header.threatModel;
  const head = ['Model', 'Clean accuracy', 'NLL', 'ECE', ...epsilons.slice(1).map((epsilon) => `ε = ${epsilon}`)];
  const rows = results.map(({ model, clean, robustness }) => [
    literal(modelName(report, model)),
    `${percent(clean.accuracy.value)} (${interval(clean.accuracy)})`,
    clean.nll.toFixed(3),
    clean.calibration.ece.toFixed(3),
    ...robustness.slice(1).map(({ worstCase }) => percent(worstCase.value)),
  ]);
  const { dataset } = header;
  return [
    `# ${literal(report.title)}`,
    '',
    `**Verdict: ${verdict.value}.** ${verdict.reasons.map(({ text, model }) => literal(model === null ? text : `${modelName(report, model)}: ${text}`)).join(' ')}`,
    '',
    `Threat model: ${norm}, ${knowledge}, ${goal}, inputs in [${header.threatModel.inputBounds.join(', ')}]; attacks: ${header.attacks.map(({ settings }) => attackLabel(settings)).join(', ')}.`,
    `Data: ${literal(dataset.name)}, ${dataset.split} split, ${dataset.n} examples, digest \`${dataset.digest}\`; seed ${header.seeds.evaluation}.`,
    '',
    row(head),
    row(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(row),
    '',
    'Columns with ε: worst-case accuracy over all attacks and radii up to ε. Intervals: 95 % Wilson.',
    '',
    ...flags.map(({ code, severity, model, message }) => `- **${code}** (${severity}${model === null ? '' : `, ${literal(modelName(report, model))}`}): ${literal(message)}`),
    '',
    ...limits.map((limit) => `> ${literal(limit)}\n>`),
    '',
  ].join('\n');
}
