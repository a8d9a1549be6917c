import type { OptimisationReport } from '../../compiler/passes/index.js';
import type { ProgramProfile } from '../../compiler/program.js';
import { html, type Html } from '../../pages/html.js';
import { bytes, whole } from '../../pages/numbers.js';
import type { GraphDescription } from '../compile/graph-description.js';

/** Rows of one list; the answer of the API has all. */
const MOST_ROWS = 300;

const place = (site: string | undefined): Html => html`<td class="num">${site ?? '–'}</td>`;
const code = (text: string): Html => html`<td><code>${text}</code></td>`;

function list<T>(heads: Html, items: readonly T[], row: (item: T) => Html): Html {
  const rest = items.length - MOST_ROWS;
  return html`<div class="scroll long"><table><thead><tr>${heads}</tr></thead>
<tbody>${items.slice(0, MOST_ROWS).map((item) => html`<tr>${row(item)}</tr>
`)}</tbody></table></div>${rest > 0 ? html`<p class="note">and ${whole(rest)} more</p>` : null}`;
}

function counts(names: readonly string[]): Html {
  const sums = new Map<string, number>();
  for (const name of names) sums.set(name, (sums.get(name) ?? 0) + 1);
  const ordered = [...sums].sort((a, b) => b[1] - a[1]);
  return html`<div class="chips">${ordered.map(([name, count]) => html`<span class="chip">${name}${count > 1 ? ` × ${count}` : ''}</span>`)}</div>`;
}

/** Every replacement, in order. */
export const rewritesSection = ({ rewrites }: OptimisationReport): Html => html`<section id="rewrites"><h2>Rewrites applied: ${rewrites.length}</h2>
${counts(rewrites.map(({ rule }) => rule))}
${rewrites.length === 0 ? html`<p class="lead">The passes found nothing to rewrite.</p>` : list(
  html`<th>Equation</th><th>Before</th><th>After</th><th class="num">Place</th>`, rewrites,
  ({ equation, before, after, site }) => html`${code(equation)}${code(before)}${code(after)}${place(site)}`,
)}</section>`;

/** What rules left alone, with their reasons. */
export const refusalsSection = ({ refusals, notes }: OptimisationReport): Html => html`<section id="refusals"><h2>Rewrites refused: ${refusals.length}</h2>
${refusals.length === 0 ? html`<p class="lead">No rule that fitted was held back.</p>` : list(
  html`<th>Equation</th><th>Node</th><th>Reason</th><th class="num">Place</th>`, refusals,
  ({ equation, node, reason, site }) => html`${code(equation)}${code(node)}<td>${reason}</td>${place(site)}`,
)}${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;

/** What each pass changed. */
export const passesSection = ({ passes, level, milliseconds }: OptimisationReport): Html => html`<section id="passes"><h2>Passes</h2>
<p class="lead">Level ${level}, ${milliseconds.toFixed(1)} ms.</p>
${list(
  html`<th>Pass</th><th class="num">Nodes before</th><th class="num">after</th><th class="num">Rewrites</th><th class="num">ms</th>`, passes,
  ({ pass, nodesBefore, nodesAfter, rewrites, milliseconds: time }) => html`<td>${pass}</td><td class="num">${nodesBefore}</td><td class="num">${nodesAfter}</td>
<td class="num">${Object.values(rewrites).reduce((sum, count) => sum + count, 0)}</td><td class="num">${time.toFixed(1)}</td>`,
)}</section>`;

/** Outputs and new values as formulas, after the passes. */
export function resultsSection({ formulas: { outputs, updates } }: GraphDescription): Html {
  const rows = [...Object.entries(outputs), ...Object.entries(updates).map(([name, text]) => [`${name} ←`, text] as const)];
  return html`<section id="results"><h2>Results after the passes</h2>
${list(html`<th>Name</th><th>Formula</th>`, rows, ([name, text]) => html`<td>${name}</td>${code(text)}`)}</section>`;
}

interface Cost {
  readonly name: string;
  readonly calls: number;
  readonly milliseconds: number;
  readonly bytes?: number;
  readonly site?: string;
}

/** Where the time of the calls went, the most expensive first. */
export function profileSection({ calls, milliseconds, rows, kernels, added }: ProgramProfile): Html {
  const costs: Cost[] = [
    ...rows.map(({ op, includes, ...row }) => ({ ...row, name: includes.length === 0 ? op : `${op} with ${includes.length} more` })),
    ...kernels.map(({ operations, updates, ...kernel }) => ({ ...kernel, name: `${updates.length === 0 ? 'loop' : `update of ${updates.join(', ')}`}: ${operations.join(', ')}` })),
    ...added.map(({ operator, ...times }) => ({ ...times, name: `${operator}, added by the runtime` })),
  ];
  costs.sort((a, b) => b.milliseconds - a.milliseconds);
  const most = Math.max(...costs.map((cost) => cost.milliseconds), Number.MIN_VALUE);
  const perCall = (time: number): string => (time / Math.max(calls, 1)).toFixed(3);
  return html`<section id="profile"><h2>Profile</h2>
<p class="lead">${whole(calls)} ${calls === 1 ? 'call' : 'calls'}, ${perCall(milliseconds)} ms each; times are of one call.</p>
${list(
  html`<th>Operation</th><th class="num">Calls</th><th class="num">ms</th><th>Share of the longest</th><th class="num">Bytes</th><th class="num">Place</th>`, costs,
  (cost) => html`<td>${cost.name}</td><td class="num">${whole(cost.calls)}</td><td class="num">${perCall(cost.milliseconds)}</td>
<td><span class="bar" style="width:${Math.round((100 * cost.milliseconds) / most)}px"></span></td><td class="num">${cost.bytes === undefined ? '–' : bytes(cost.bytes)}</td>${place(cost.site)}`,
)}</section>`;
}
