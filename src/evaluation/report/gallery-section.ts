import { html, type Html } from '../../pages/html.js';
import { percent } from '../../pages/numbers.js';
import type { Gallery, Report } from '../report.schema.js';
import { modelName } from './numbers.js';

/** Reads one file of the evaluation by its path inside the evaluation's folder. */
export type ReadFile = (file: string) => Promise<Uint8Array>;

type Said = Gallery['examples'][number]['models'][number]['before'];

/** Examples shown beside each other; wider galleries continue in further rows. */
const COLUMNS = 8;

/** Draws the gallery with all pictures inside the page; nothing where there is none. */
export async function gallerySection(report: Report, readFile: ReadFile): Promise<Html | null> {
  const { gallery } = report;
  if (gallery === null) return null;
  const { classes } = report.header.dataset;
  const image = async (file: string, alt: string): Promise<Html> => {
    const data = Buffer.from(await readFile(file)).toString('base64');
    return html`<img src="data:image/png;base64,${data}" alt="${alt}" width="84" height="84">`;
  };
  const caption = ({ label, confidence }: Said, truth: number): Html =>
    html`<span class="caption"><span class="${label === truth ? 'right' : 'wrong'}">${classes[label]}</span> <span class="sure num">${percent(confidence)}</span></span>`;

  const block = async (examples: Gallery['examples']): Promise<Html[]> => {
    const clean = await Promise.all(
      examples.map(async ({ clean: file, label }) => html`<td>${await image(file, `clean ${classes[label]}`)}<span class="caption">${classes[label]}</span></td>`),
    );
    const rows = [html`<tr class="first"><th scope="row">Clean input<br>and its true class</th>${clean}</tr>`];
    for (const [m, { model }] of examples[0]!.models.entries()) {
      const [perturbations, adversarials]: [Html[], Html[]] = [[], []];
      for (const { models, label } of examples) {
        const shot = models[m]!;
        perturbations.push(html`<td>${await image(shot.perturbation, 'perturbation')}${caption(shot.before, label)}</td>`);
        adversarials.push(html`<td>${await image(shot.adversarial, 'adversarial input')}${caption(shot.after, label)}</td>`);
      }
      const name = modelName(report, model);
      rows.push(html`<tr><th scope="row"><strong>${name}</strong><br>perturbation × ${gallery.gain}<br>prediction before</th>${perturbations}</tr>`);
      rows.push(html`<tr><th scope="row"><strong>${name}</strong><br>adversarial input<br>prediction after</th>${adversarials}</tr>`);
    }
    return rows;
  };
  const blocks: Html[][] = [];
  for (let start = 0; start < gallery.examples.length; start += COLUMNS) {
    blocks.push(await block(gallery.examples.slice(start, start + COLUMNS)));
  }
  return html`<section id="gallery">
<h2>Adversarial examples</h2>
<p class="lead">${gallery.attack.toUpperCase()} with ε = ${gallery.epsilon} (${report.header.threatModel.norm}). Mid-grey in a perturbation means no change; it is drawn ${gallery.gain} times stronger than it is. Every prediction comes with its confidence.</p>
<div class="scroll"><table class="gallery"><tbody>${blocks}</tbody></table></div>
<p class="note">Examples that all models get right, one class after another. ε is the first radius that halves the accuracy of the first model, or the largest.</p>
</section>`;
}
