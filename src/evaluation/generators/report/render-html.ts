import { html, type Html } from '../../../pages/html.js';
import { percent, whole } from '../../../pages/numbers.js';
import { page } from '../../../pages/page.js';
import type { ReadFile } from '../../report/gallery-section.js';
import { flatten, seconds } from '../../report/numbers.js';
import { STYLE } from '../../report/style.js';
import type { GeneratorReport } from '../generator-report.schema.js';
import { computedFigures, generatorName, GROUPS, type Figure, type FigureGroup } from './figures.js';

/** Pixels that are drawn larger stay squares; grids are as wide as they need to be. */
const GALLERY_STYLE = '.grids { display: flex; flex-wrap: wrap; gap: 18px 28px; } .grids img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px; }';

const fact = (term: string, ...values: (Html | string | number)[]): Html => html`<div><dt>${term}</dt><dd>${values}</dd></div>`;

function groupSection(report: GeneratorReport, group: FigureGroup, figures: readonly Figure[]): Html {
  const { title, see } = GROUPS[group];
  const withReference = figures.some(({ reference }) => reference !== null);
  return html`<section id="${group}">
<h2>${title}</h2>
<p class="lead">Defined in <code>${see}</code>.</p>
<div class="scroll"><table>
<thead><tr><th>Figure</th><th>Better</th>${report.results.map(({ model }) => html`<th class="num">${generatorName(report, model)}</th>`)}${withReference ? html`<th class="num">Training examples</th>` : null}</tr></thead>
<tbody>${figures.map(
    ({ label, better, text, reference }) => html`<tr><th scope="row">${label}</th><td>${better}</td>${report.results.map((result) => html`<td class="num">${text(result) ?? '–'}</td>`)}${withReference ? html`<td class="num">${reference ?? '–'}</td>` : null}</tr>`,
  )}</tbody></table></div>
</section>`;
}

function figureSections(report: GeneratorReport): Html[] {
  const figures = computedFigures(report);
  const groups = [...new Set(figures.map(({ group }) => group))];
  return groups.map((group) => groupSection(report, group, figures.filter((figure) => figure.group === group)));
}

async function gallerySection({ gallery, ...report }: GeneratorReport, readFile: ReadFile): Promise<Html | null> {
  if (gallery === null) return null;
  const picture = async (file: string | null, caption: string): Promise<Html | null> => {
    if (file === null) return null;
    const data = Buffer.from(await readFile(file)).toString('base64');
    return html`<figure style="margin:0"><img src="data:image/png;base64,${data}" alt="${caption}"><figcaption class="note">${caption}</figcaption></figure>`;
  };
  const tiles: Html[] = [];
  for (const { model, samples, nearest, reconstructions } of gallery.models) {
    const name = generatorName({ gallery, ...report }, model);
    tiles.push(html`<h3 style="margin-top:22px">${name}</h3><div class="grids">
${await picture(samples, 'Samples, not selected')}
${await picture(nearest, 'Nearest training example of each sample, by pixels')}
${await picture(reconstructions, 'Reconstructions of the examples')}</div>`);
  }
  return html`<section id="gallery">
<h2>Pictures</h2>
<p class="lead">The first of each kind, in equal places of each grid.</p>
<div class="grids">${await picture(gallery.examples, 'Real examples')}</div>
${tiles}
</section>`;
}

function notesSection(report: GeneratorReport): Html {
  const order = { warning: 0, info: 1 };
  const notes = [...report.notes].sort((a, b) => order[a.severity] - order[b.severity]);
  return html`<section id="notes">
<h2>Notes</h2>
<ul class="flags">${notes.map(
    ({ code, severity, model, message, see }) => html`<li><span class="chip ${severity}">${severity}</span>
<div><strong>${code}</strong>${model === null ? '' : ` · ${generatorName(report, model)}`}<br>${message} <code>${see}</code></div></li>`,
  )}</ul>
</section>`;
}

function provenanceSection({ header, seconds: total }: GeneratorReport): Html {
  const { dataset, models, classifier, options, software } = header;
  return html`<section id="provenance">
<h2>Provenance</h2>
<dl class="facts">
${fact('Data set', dataset.name, dataset.id === null ? '' : html` <code>${dataset.id}</code>`)}
${fact('Data set digest', html`<code>${dataset.digest}</code>`)}
${fact('Real examples', `${whole(dataset.n)} of ${whole(dataset.available)} in ${dataset.split}`)}
${fact('Indices (SHA-256)', html`<code>${dataset.indicesSha256}</code>`)}
${classifier === null ? null : fact('Classifier', classifier.name, html` <code>${classifier.id}</code>, right on ${percent(classifier.accuracy.value)}; features: ${classifier.features}, ${classifier.width} numbers; <code>${classifier.digest}</code>`)}
${fact('Software', flatten(software).map(([name, version]) => `${name} ${version}`).join(', '))}
${fact('Wall time', seconds(total))}
</dl>
<div class="scroll" style="margin-top:12px"><table>
<thead><tr><th>Option</th><th>Value</th></tr></thead>
<tbody>${flatten(options).map(([path, value]) => html`<tr><td><code>${path}</code></td><td>${value}</td></tr>`)}</tbody></table></div>
${models.map(({ id, name, digest, method, latent, parameterCount, training }) => html`<h3 style="margin-top:22px">${name}</h3>
<dl class="facts">
${fact('Model id', html`<code>${id}</code>`)}${fact('Bundle digest (SHA-256)', html`<code>${digest}</code>`)}
${fact('Method', `${method}, ${latent} latent numbers, ${whole(parameterCount)} parameters`)}
</dl>
<div class="scroll" style="margin-top:12px"><table><tbody>${flatten(training ?? 'none: imported', 'training').map(([path, value]) => html`<tr><td><code>${path}</code></td><td>${value}</td></tr>`)}</tbody></table></div>`)}
</section>`;
}

/**
 * Renders a report as one self-contained page: no script, no external address, pictures inside.
 *
 * @param readFile reads gallery files of the evaluation, e.g. from its folder or the object store
 */
export async function renderGeneratorHtml(report: GeneratorReport, readFile: ReadFile): Promise<string> {
  const { header, title, createdAt, limits } = report;
  const count = header.models.length === 1 ? '1 model' : `${header.models.length} models`;
  const body = html`<main>
<header>
<div class="eyebrow">Rampart · quality of generators</div>
<h1>${title}</h1>
<div class="lead">${count} · ${header.dataset.name} · ${createdAt.slice(0, 16).replace('T', ' ')} UTC</div>
</header>
${notesSection(report)}
${await gallerySection(report, readFile)}
${figureSections(report)}
<section id="limits"><h2>Limits</h2><ul class="limits">${limits.map((limit) => html`<li>${limit}</li>`)}</ul></section>
${provenanceSection(report)}
<footer>Made by Rampart ${header.software.rampart ?? ''}. The same content as data: report.json.</footer>
</main>`;
  return page({ title, style: STYLE + GALLERY_STYLE, body });
}
