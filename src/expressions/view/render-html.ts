import type { ProgramProfile } from '../../compiler/program.js';
import { html, type Html } from '../../pages/html.js';
import { bytes } from '../../pages/numbers.js';
import { page, pageHeaderPolicy } from '../../pages/page.js';
import type { Graphs } from '../compile/compiled-expression.js';
import { cardCount, drawingOf, MOST_CARDS, type Card } from './drawing.js';
import { FAMILY_TITLES } from './families.js';
import { layouts } from './layout.js';
import { nodeCosts, type NodeCost } from './node-costs.js';
import { PICTURE_STYLE } from './picture-style.js';
import { pictureMarkup, type Picture } from './render-svg.js';
import { passesSection, profileSection, refusalsSection, resultsSection, rewritesSection } from './report-sections.js';
import { VIEWER_SCRIPT } from './viewer-script.js';
import { VIEWER_STYLE } from './viewer-style.js';

/** Content-Security-Policy to send the page with. */
export const GRAPH_HEADER_POLICY = pageHeaderPolicy(VIEWER_SCRIPT);

export interface GraphPage {
  /** Name of the expression. */
  readonly title: string;
  readonly source: string;
  readonly graphs: Graphs;
  /** Calls of the program after the passes. */
  readonly profile?: ProgramProfile;
}

type StageName = 'before' | 'after';

interface Stage {
  readonly name: StageName;
  readonly count: number;
  /** Absent where the graph is too large. */
  readonly picture?: Picture;
}

async function stagesOf({ graphs, profile }: GraphPage): Promise<Stage[]> {
  const names: readonly StageName[] = ['before', 'after'];
  const drawn = names.filter((name) => cardCount(graphs[name]) <= MOST_CARDS);
  const drawings = drawn.map((name) => drawingOf(graphs[name]));
  const laidOut = await layouts.layOut(drawings);
  return names.map((name): Stage => {
    const place = drawn.indexOf(name);
    const count = cardCount(graphs[name]);
    if (place < 0) return { name, count };
    const costs = profile && name === 'after' ? nodeCosts(graphs.after, profile) : undefined;
    return { name, count, picture: { drawing: drawings[place]!, layout: laidOut[place]!, ...(costs && { costs }) } };
  });
}

function stageMarkup({ name, count, picture }: Stage): Html {
  const content = picture === undefined
    ? html`<p class="none">This graph would have ${count} nodes, and at most ${MOST_CARDS} are drawn. Lists and formulas below are whole.</p>`
    : pictureMarkup(picture, name, html` aria-label="Graph ${name} the passes"`);
  return html`<figure class="stage" data-stage="${name}"${name === 'before' ? html` hidden` : null}>${content}</figure>
`;
}

const kinds: Readonly<Record<Card['kind'], string>> = {
  input: 'input', shared: 'shared variable', constant: 'constant', operation: '', output: 'output', update: 'new value',
};

function detail(card: Card, id: string, cost: NodeCost | undefined, line: string | undefined): Html {
  const row = (term: string, value: Html | string | null): Html | null => (value === null ? null : html`<dt>${term}</dt><dd>${value}</dd>`);
  const place = card.site === undefined ? null : html`${card.site}${line === undefined ? null : html`<br><code>${line.trim()}</code>`}`;
  return html`<div class="detail" id="${id}" hidden><h3>${card.title}</h3><dl>${[
    row('Kind', kinds[card.kind] || FAMILY_TITLES[card.family]), row('Type', html`<code>${card.type}</code>`), row('Formula', html`<code>${card.formula}</code>`),
    row('Node', html`<code>${card.id}${card.operands.length === 0 ? null : ` from ${card.operands.join(', ')}`}</code>`), row('Source', place),
    row('Time', cost === undefined ? null : `${cost.milliseconds.toFixed(3)} ms for one call`), row('Memory', cost === undefined ? null : bytes(Math.round(cost.bytes))),
  ]}</dl></div>
`;
}

function details(stages: readonly Stage[], lines: readonly string[]): Html {
  const of = ({ name, picture }: Stage): Html[] => (picture?.drawing.cards ?? []).map((card, place) =>
    detail(card, `${name}-${place}`, card.kind === 'operation' ? picture!.costs?.get(card.id) : undefined, lines[Number(card.site?.split(':')[0]) - 1]));
  return html`<div class="details"><p class="hint">Point at a node to see what it is; click to keep it. Drag to move, turn the wheel or press + and - to zoom, 0 for the whole graph.</p>${stages.map(of)}</div>`;
}

const RAMPS = { time: ['#e0425a', 'time of one call'], bytes: ['#2f7df6', 'bytes of the results'] } as const;

/** What the colours mean that occur. */
function legends(stages: readonly Stage[], profiled: boolean): Html {
  const cards = stages.flatMap(({ picture }) => picture?.drawing.cards ?? []);
  const found = new Set(cards.flatMap(({ family, dtype }) => [`f-${family}`, `d-${dtype}`]));
  const entriesOf = {
    family: Object.entries(FAMILY_TITLES).map(([family, title]) => [`f-${family}`, title] as const),
    dtype: ['float32', 'int32', 'bool'].map((dtype) => [`d-${dtype}`, dtype] as const),
  };
  const swatches = Object.entries(entriesOf).map(([name, entries]) => html`<ul class="legend picture" data-colour="${name}" data-legend="${name}"${name === 'family' ? null : html` hidden`}>${
    entries.filter(([kind]) => found.has(kind)).map(([kind, title]) => html`<li class="${kind}"><span class="swatch"></span>${title}</li>`)}</ul>`);
  const ramps = Object.entries(RAMPS).map(([name, [colour, title]]) => html`<p class="legend" data-legend="${name}" hidden><span>none<span class="ramp" style="background:linear-gradient(90deg,#8a93a822,${colour})"></span>most ${title}; grey nodes ran inside others, or before the passes</span></p>`);
  return html`${swatches}${profiled ? ramps : null}`;
}

const choice = (kind: 'stage' | 'colour', value: string, title: string, pressed: boolean): Html =>
  html`<button type="button" data-${kind}-choice="${value}" aria-pressed="${String(pressed)}">${title}</button>`;

function toolbar(profiled: boolean): Html {
  const colours = [['family', 'Operation'], ['dtype', 'Dtype'], ...(profiled ? [['time', 'Time'], ['bytes', 'Bytes']] : [])] as const;
  return html`<div class="toolbar"><span class="choices" role="group" aria-label="Stage">${choice('stage', 'before', 'Before the passes', false)}${choice('stage', 'after', 'After', true)}</span>
<span class="name">Colour by <span class="choices" role="group" aria-label="Colour by">${colours.map(([value, title]) => choice('colour', value, title, value === 'family'))}</span></span>
<span class="end"><button type="button" data-zoom="out" aria-label="Smaller">−</button><button type="button" data-zoom="fit">Fit</button><button type="button" data-zoom="in" aria-label="Larger">+</button></span></div>`;
}

/**
 * The program of an expression as one self-contained interactive page: graph before and after the passes, rewrites, refusals,
 * passes and, if calls were profiled, times. A graph that is too large to draw is left out, and a note says so.
 */
export async function renderHtml(view: GraphPage): Promise<string> {
  const { title, source, graphs: { before, after, report }, profile } = view;
  const stages = await stagesOf(view);
  const lines = source.split(/\r?\n/);
  const profiled = profile !== undefined;
  const body = html`<main>
<header><div class="eyebrow">Rampart · expression</div><h1>${title}</h1>
<div class="lead">${before.nodes.length} operations, ${after.nodes.length} after ${report.passes.length} passes · ${report.rewrites.length} rewrites applied, ${report.refusals.length} refused</div></header>
<section id="graph">${toolbar(profiled)}
<div class="viewer"><div>${stages.map(stageMarkup)}${legends(stages, profiled)}</div>
<aside>${details(stages, lines)}
<ol class="source" aria-label="Source">${lines.map((line, i) => html`<li data-line="${i + 1}">${line}</li>`)}</ol></aside></div></section>
${profile === undefined ? null : profileSection(profile)}
${resultsSection(after)}
<div class="halves">${rewritesSection(report)}<div>${refusalsSection(report)}${passesSection(report)}</div></div>
<footer>Made by Rampart. The same content as data: the expression's JSON.</footer>
</main>`;
  return page({ title, style: PICTURE_STYLE + VIEWER_STYLE, body, script: VIEWER_SCRIPT });
}
