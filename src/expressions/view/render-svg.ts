import { html, Html } from '../../pages/html.js';
import type { GraphDescription } from '../compile/graph-description.js';
import { drawingOf, type Card, type Drawing } from './drawing.js';
import { layouts, type Layout, type Point } from './layout.js';
import type { NodeCost } from './node-costs.js';
import { PICTURE_STYLE } from './picture-style.js';

const MARGIN = 16;

const number = (value: number): string => String(Math.round(value * 10) / 10);
const at = ([x, y]: Point): string => `${number(x)},${number(y)}`;

/** Colour-blind and black-and-white readers tell the kinds apart by shape. */
function outline({ kind, width, height }: Card): Html {
  const round = kind === 'input' || kind === 'shared' ? height / 2 : kind === 'operation' ? 7 : kind === 'constant' ? 2 : 15;
  const inner = html`<rect class="inner" x="3" y="3" width="${number(width - 6)}" height="${number(height - 6)}" rx="${number(round - 3)}"/>`;
  return html`<rect class="box" width="${number(width)}" height="${number(height)}" rx="${number(round)}"/>${kind === 'shared' ? inner : null}`;
}

function texts({ kind, title, pattern, type, id, width, height }: Card): Html {
  const middle = number(width / 2);
  if (kind === 'output' || kind === 'update') return html`<text class="title" x="${middle}" y="${height / 2 + 4.5}" text-anchor="middle">${title}</text>`;
  if (kind !== 'operation' && kind !== 'constant') {
    return html`<text class="title" x="${middle}" y="18.5" text-anchor="middle">${title}</text><text class="type" x="${middle}" y="33.5" text-anchor="middle">${type}</text>`;
  }
  return html`<text class="title" x="12" y="18.5">${title}</text><text class="id" x="${number(width - 9)}" y="18" text-anchor="end">${id}</text>${
    pattern === undefined ? null : html`<text class="pattern" x="12" y="34">${pattern}</text>`
  }<text class="type" x="12" y="${height - 10.5}">${type}</text>`;
}

function cardMarkup(card: Card, place: number, [x, y]: Point, cost: NodeCost | undefined): Html {
  const line = card.site?.split(':')[0];
  const style = cost === undefined ? '' : ` style="--time:${(100 * cost.time).toFixed(1)};--size:${(100 * cost.size).toFixed(1)}"`;
  const note = `${card.title} ${card.type}${card.site === undefined ? '' : ` at ${card.site}`}: ${card.formula}`;
  return html`<g class="card k-${card.kind} f-${card.family} d-${card.dtype}${cost === undefined ? '' : ' costed'}" data-place="${place}" data-line="${line}" tabindex="0"
 transform="translate(${number(x - card.width / 2)} ${number(y - card.height / 2)})"${new Html(style)}><title>${note}</title>${outline(card)}${texts(card)}</g>
`;
}

export interface Picture {
  readonly drawing: Drawing;
  readonly layout: Layout;
  /** Letters of nodes to what they cost. */
  readonly costs?: ReadonlyMap<string, NodeCost>;
}

/** @param name distinguishes the pictures of one page */
export function pictureMarkup({ drawing, layout, costs }: Picture, name: string, attributes: Html, style: Html | null = null): Html {
  const [width, height] = [Math.ceil(layout.width + 2 * MARGIN), Math.ceil(layout.height + 2 * MARGIN)];
  const arrows = layout.curves.map(({ from, to, points: [start, ...rest] }) =>
    html`<path class="arrow" data-from="${from}" data-to="${to}" marker-end="url(#tip-${name})" d="M${at(start!)}C${rest.map(at).join(' ')}"/>
`);
  const cards = drawing.cards.map((card, place) => cardMarkup(card, place, layout.centres[place]!, card.kind === 'operation' ? costs?.get(card.id) : undefined));
  return html`<svg${attributes} class="picture" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" data-colour="family">
${style}<defs><marker id="tip-${name}" viewBox="0 0 8 8" refX="7.2" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0.5 0.8 7.5 4 0.5 7.2Z"/></marker></defs>
<g>${arrows}</g>
<g>${cards}</g>
</svg>`;
}

/**
 * A graph as a standalone SVG document for light and dark surroundings; it loads nothing and has no script. Hovering shows
 * a node's formula. @throws graph-too-large
 */
export async function renderSvg(graph: GraphDescription): Promise<string> {
  const drawing = drawingOf(graph);
  const [layout] = await layouts.layOut([drawing]);
  const style = html`<style>${new Html(PICTURE_STYLE)}</style>
`;
  return pictureMarkup({ drawing, layout: layout! }, 'graph', html` xmlns="http://www.w3.org/2000/svg"`, style).text;
}
