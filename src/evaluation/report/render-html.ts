import { html } from '../../pages/html.js';
import { page } from '../../pages/page.js';
import type { Report } from '../report.schema.js';
import { gallerySection, type ReadFile } from './gallery-section.js';
import { flagsSection, limitsSection, provenanceSection, threatSection, verdictBanner } from './protocol-sections.js';
import { calibrationSection, confusionSection, curvesSection, summarySection } from './results-sections.js';
import { STYLE } from './style.js';

/**
 * Renders a report as one self-contained page: no script, no external address, pictures and charts inside.
 *
 * @param readFile reads gallery files of the evaluation, e.g. from its folder or the object store
 */
export async function renderHtml(report: Report, readFile: ReadFile): Promise<string> {
  const { header, title, createdAt } = report;
  const body = html`<main>
<header>
<div class="eyebrow">Rampart · robustness report</div>
<h1>${title}</h1>
<div class="lead">${header.models.length === 1 ? '1 model' : `${header.models.length} models`} · ${header.dataset.name} · ${createdAt.slice(0, 16).replace('T', ' ')} UTC</div>
</header>
${verdictBanner(report)}
${summarySection(report)}
${threatSection(report)}
${await curvesSection(report)}
${await gallerySection(report, readFile)}
${await calibrationSection(report)}
${confusionSection(report)}
${flagsSection(report)}
${limitsSection(report)}
${provenanceSection(report)}
<footer>Made by Rampart ${header.software.rampart ?? ''}. The same content as data: report.json.</footer>
</main>`;
  return page({ title, style: STYLE, body });
}
