import { html, inlineSvg, type Html } from '../../pages/html.js';
import { percent, whole } from '../../pages/numbers.js';
import { accuracyEpsilonChart } from '../charts/accuracy-epsilon.js';
import { reliabilityChart } from '../charts/reliability.js';
import { PALETTE } from '../charts/theme.js';
import type { Proportion } from '../metrics/wilson.js';
import type { ModelResult, Report } from '../report.schema.js';
import { interval, modelName } from './numbers.js';

const cell = (share: Proportion): Html => html`<td class="num">${percent(share.value)}<span class="ci">${interval(share)}</span></td>`;

const nameCell = (report: Report, { model }: ModelResult, position: number): Html =>
  html`<th scope="row"><span class="swatch" style="background:${PALETTE[position % PALETTE.length]}"></span><span class="model">${modelName(report, model)}</span></th>`;

/** Clean accuracy, likelihood, calibration and speed of each model. */
export function summarySection(report: Report): Html {
  const last = report.header.threatModel.epsilons.at(-1)!;
  return html`<section id="summary">
<h2>Summary</h2>
<p class="lead">${whole(report.header.dataset.n)} examples of ${report.header.dataset.name} (${report.header.dataset.split} split). Small print: 95 % Wilson intervals.</p>
<div class="scroll"><table>
<thead><tr><th>Model</th><th class="num">Clean accuracy</th><th class="num">Worst case at ε = ${last}</th><th class="num">NLL</th><th class="num">ECE</th><th class="num">Brier</th><th class="num">Predictions / s</th><th class="num">Attacks / s</th></tr></thead>
<tbody>${report.results.map(
    (result, i) => html`<tr>${nameCell(report, result, i)}${cell(result.clean.accuracy)}${cell(result.robustness.at(-1)!.worstCase)}
<td class="num">${result.clean.nll.toFixed(3)}</td><td class="num">${result.clean.calibration.ece.toFixed(3)}</td><td class="num">${result.clean.brier.toFixed(3)}</td>
<td class="num">${whole(result.timing.forwardImagesPerSecond)}</td><td class="num">${whole(result.timing.attackImagesPerSecond)}</td></tr>`,
  )}</tbody></table></div>
<p class="note">NLL: mean cross-entropy in nats. ECE: expected calibration error over 15 bins. Worst case: an example counts only if every attack at every radius up to ε failed.</p>
</section>`;
}

/** Accuracy over the radii, as picture and as table. */
export async function curvesSection(report: Report): Promise<Html> {
  const chart = await accuracyEpsilonChart(report);
  const { epsilons, norm } = report.header.threatModel;
  return html`<section id="curves">
<h2>Accuracy under attack</h2>
<p class="lead">Share of examples that stay right although the attacker may change each input within a ${norm} ball of radius ε. Bands: 95 % intervals.</p>
<div class="chart">${inlineSvg(chart, 'Worst-case accuracy of each model over the radius epsilon')}</div>
<div class="scroll"><table>
<thead><tr><th>Model</th>${epsilons.map((epsilon) => html`<th class="num">ε = ${epsilon}</th>`)}</tr></thead>
<tbody>${report.results.map(
    (result, i) => html`<tr>${nameCell(report, result, i)}${result.robustness.map(({ worstCase }) => html`<td class="num">${percent(worstCase.value)}</td>`)}</tr>`,
  )}</tbody></table></div>
</section>`;
}

/** Whether the models know how sure they may be: one reliability diagram each. */
export async function calibrationSection(report: Report): Promise<Html> {
  const tiles: Html[] = [];
  for (const [i, { model, clean }] of report.results.entries()) {
    const svg = await reliabilityChart(clean.calibration, i);
    const name = modelName(report, model);
    tiles.push(html`<div class="tile"><h3>${name}</h3>
<p class="note num">ECE ${clean.calibration.ece.toFixed(3)} · NLL ${clean.nll.toFixed(3)}</p>
<div class="chart">${inlineSvg(svg, `Reliability diagram of ${name}`)}</div></div>`);
  }
  return html`<section id="calibration">
<h2>Calibration on clean inputs</h2>
<p class="lead">Accuracy of the examples in each confidence bin; on the dashed line, confidence is what it claims to be. Dots mark the mean confidence of a bin.</p>
<div class="tiles">${tiles}</div>
</section>`;
}

/** Largest class count whose matrix is printed whole. */
const MATRIX_CLASSES = 20;
/** Confusions listed when the matrix is too large to print. */
const TOP_CONFUSIONS = 20;

function matrix(classes: readonly string[], counts: readonly (readonly number[])[]): Html {
  const shade = (value: number, total: number, diagonal: boolean): string => {
    const strength = total === 0 ? 0 : Math.round(100 * Math.sqrt(value / total) * (diagonal ? 0.42 : 0.8));
    return value === 0 ? 'opacity:.35' : `background:color-mix(in srgb, ${diagonal ? PALETTE[2] : PALETTE[4]} ${strength}%, transparent)`;
  };
  return html`<div class="scroll"><table class="matrix">
<thead><tr><th>true \\ predicted</th>${classes.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${counts.map((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    return html`<tr><th scope="row">${classes[truth]}</th>${row.map((value, said) => html`<td style="${shade(value, total, truth === said)}">${value}</td>`)}</tr>`;
  })}</tbody></table></div>`;
}

function topConfusions(classes: readonly string[], counts: readonly (readonly number[])[]): Html {
  const pairs = counts.flatMap((row, truth) => row.map((value, said) => ({ truth, said, value })));
  const top = pairs.filter(({ truth, said, value }) => truth !== said && value > 0).sort((a, b) => b.value - a.value);
  return html`<table><thead><tr><th>True class</th><th>Predicted as</th><th class="num">Examples</th></tr></thead>
<tbody>${top.slice(0, TOP_CONFUSIONS).map(({ truth, said, value }) => html`<tr><td>${classes[truth]}</td><td>${classes[said]}</td><td class="num">${value}</td></tr>`)}</tbody></table>`;
}

/** Which classes are mistaken for which on clean inputs. */
export function confusionSection(report: Report): Html {
  const { classes } = report.header.dataset;
  const draw = classes.length <= MATRIX_CLASSES ? matrix : topConfusions;
  return html`<section id="confusion">
<h2>Confusions on clean inputs</h2>
<p class="lead">Rows are true classes, columns predictions.</p>
<div class="matrices">${report.results.map(({ model, clean }) => html`<div class="tile"><h3>${modelName(report, model)}</h3>${draw(classes, clean.confusion)}</div>`)}</div>
</section>`;
}
