import { attackLabel } from '../../attacks/objective.js';
import type { AttackSettings } from '../../attacks/attack.options.js';
import { html, type Html } from '../../pages/html.js';
import { bytes, whole } from '../../pages/numbers.js';
import type { Report } from '../report.schema.js';
import { flatten, modelName, seconds } from './numbers.js';

const fact = (term: string, ...values: (Html | string | number)[]): Html => html`<div><dt>${term}</dt><dd>${values}</dd></div>`;

/** The verdict and its reasons. */
export function verdictBanner(report: Report): Html {
  const { verdict } = report;
  const meaning = {
    supported: 'The numbers stand as an empirical upper bound on robustness. They are not a proof.',
    inconclusive: 'The numbers below are upper bounds that stronger attacks may lower. They do not show that a model is robust.',
    overestimated: 'Checks show that the true robustness is lower than the numbers below.',
  }[verdict.value];
  return html`<div class="banner ${verdict.value}" id="verdict" role="note">
<div class="eyebrow">Verdict on robustness</div>
<div class="word">${verdict.value}</div>
<div>${meaning}</div>
<ul>${verdict.reasons.map(({ text, model, see }) => html`<li>${model === null ? '' : html`<strong>${modelName(report, model)}:</strong> `}${text} <code>${see}</code></li>`)}</ul>
</div>`;
}

/** Settings in one line, and below them the source of an objective, line by line. */
function settingsCell({ objective, ...settings }: AttackSettings): Html {
  const line = html`<code>${JSON.stringify(settings)}</code>`;
  if (objective === undefined) return line;
  const origin = objective.expression === undefined ? 'the request' : html`expression ${objective.name} (<code>${objective.expression}</code>)`;
  return html`${line}<br>Objective, from ${origin}:<pre>${objective.source}</pre>`;
}

/** What the attacker knows, may do and wants, and with which attacks that was tried. */
export function threatSection({ header }: Report): Html {
  const { threatModel: threat, attacks } = header;
  return html`<section id="threat-model">
<h2>Threat model</h2>
<dl class="facts">
${fact('Knowledge', threat.knowledge, ': weights and gradients')}
${fact('Goal', threat.goal, threat.goal === 'untargeted' ? ': any wrong class' : ': a chosen class')}
${fact('Norm', threat.norm)}
${fact('Input bounds', `[${threat.inputBounds.join(', ')}]`)}
${fact('Radii ε, in input units', threat.epsilons.join(', '))}
${fact('Budget for each example', `${threat.budget.gradientQueries} gradient and ${threat.budget.forwardQueries} prediction calls over all radii`)}
${fact('Preprocessing', header.preprocessing)}
</dl>
<div class="scroll" style="margin-top:16px"><table>
<thead><tr><th>Attack</th><th>Kind</th><th class="num">Iterations</th><th class="num">Restarts</th><th>Settings</th></tr></thead>
<tbody>${attacks.map(
    ({ settings, kind, iterations, restarts }) =>
      html`<tr><td class="model">${attackLabel(settings)}</td><td>${kind}</td><td class="num">${iterations}</td><td class="num">${restarts}</td><td>${settingsCell(settings)}</td></tr>`,
  )}</tbody></table></div>
</section>`;
}

/** Every flag with what it found and where it is explained. */
export function flagsSection(report: Report): Html {
  const order = { error: 0, warning: 1, info: 2 };
  const flags = [...report.flags].sort((a, b) => order[a.severity] - order[b.severity]);
  return html`<section id="flags">
<h2>Automated checks</h2>
<p class="lead">${flags.length === 0 ? 'No check objected.' : `${flags.length} remarks, the gravest first.`}</p>
<ul class="flags">${flags.map(
    (flag) => html`<li><span class="chip ${flag.severity}">${flag.severity}</span>
<div><strong>${flag.code}</strong> · ${flag.check}${flag.model === null ? '' : ` · ${modelName(report, flag.model)}`}<br>${flag.message} <code>${flag.see}</code></div></li>`,
  )}</ul>
</section>`;
}

function modelFacts(report: Report, model: Report['header']['models'][number]): Html {
  const result = report.results.find(({ model: id }) => id === model.id)!;
  const settings = [...flatten(model.network, 'network'), ...flatten(model.training ?? 'none: imported', 'training')];
  return html`<div style="margin-top:22px"><h3>${model.name}</h3>
<dl class="facts">
${fact('Model id', html`<code>${model.id}</code>`)}
${fact('Bundle digest (SHA-256)', html`<code>${model.digest}</code>`)}
${fact('Input and parameters', `[${model.inputShape.join(', ')}], ${whole(model.parameterCount)} parameters`)}
${fact('Made with', flatten(model.software).map(([name, version]) => `${name} ${version}`).join(', '))}
${fact('Time', `${seconds(result.timing.seconds)}: predictions ${seconds(result.timing.forwardSeconds)}, attacks ${seconds(result.timing.attackSeconds)}`)}
${fact('Per-example results', html`<code>${result.examples.file}</code><br><code>${result.examples.sha256}</code>`)}
</dl>
<div class="scroll" style="margin-top:12px"><table>
<thead><tr><th>Hyper-parameter</th><th>Value</th></tr></thead>
<tbody>${settings.map(([path, value]) => html`<tr><td><code>${path}</code></td><td>${value.includes('\n') ? html`<pre>${value}</pre>` : value}</td></tr>`)}</tbody></table></div>
<div class="scroll" style="margin-top:12px"><table>
<thead><tr><th>Part</th><th class="num">Size</th><th>SHA-256</th></tr></thead>
<tbody>${model.parts.map((part) => html`<tr><td><code>${part.file}</code></td><td class="num">${bytes(part.bytes)}</td><td><code>${part.sha256}</code></td></tr>`)}</tbody></table></div>
</div>`;
}

/** Everything needed to repeat the evaluation. */
export function provenanceSection(report: Report): Html {
  const { dataset, models, seeds, batchSize, software } = report.header;
  return html`<section id="provenance">
<h2>Provenance</h2>
<dl class="facts">
${fact('Data set', dataset.name, dataset.id === null ? '' : html` <code>${dataset.id}</code>`)}
${fact('Data set digest', html`<code>${dataset.digest}</code>`)}
${fact('Examples', `${whole(dataset.n)} of ${whole(dataset.available)} in ${dataset.split}, ${dataset.selection === 'all' ? 'all' : 'drawn by the seed'}`)}
${fact('Indices (SHA-256)', html`<code>${dataset.indicesSha256}</code>`)}
${fact('Seed', seeds.evaluation)}
${fact('Batch size', batchSize)}
${fact('Software', flatten(software).map(([name, version]) => `${name} ${version}`).join(', '))}
${fact('Wall time', seconds(report.seconds))}
</dl>
${models.map((model) => modelFacts(report, model))}
</section>`;
}

/** What the report does not show. */
export function limitsSection({ limits }: Report): Html {
  return html`<section id="limits"><h2>Limits</h2><ul class="limits">${limits.map((limit) => html`<li>${limit}</li>`)}</ul></section>`;
}
