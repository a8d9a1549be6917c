import { beforeAll, describe, expect, it } from 'vitest';
import type { ProgramProfile } from '../../compiler/program.js';
import { engineFor } from '../../compiler/engines.js';
import { compileExpression, parseExpression, type GraphDescription, type Graphs } from '../index.js';
import { drawingOf } from './drawing.js';
import { renderHtml, renderSvg } from './index.js';
import { nodeCosts } from './node-costs.js';

const SOURCE = `input x: float32[n, 3]
input y: int32[n]
shared w: float32[3, 2] = normal(seed: 1)
let z = x @ w
let loss = mean(crossEntropy(z, y)) + 0.25 * sum(w ^ 2)
update w = w - 0.5 * grad(loss, w)
output loss
output right = mean(argmax(z) == y)  # <script>alert(1)</script>
`;

async function graphsOf(source: string): Promise<Graphs> {
  const compiled = await compileExpression(parseExpression(source), engineFor('onnx'));
  try {
    return compiled.graphs();
  } finally {
    await compiled.dispose();
  }
}

let graphs: Graphs;
beforeAll(async () => {
  graphs = await graphsOf(SOURCE);
});

/** Names of the elements, after a check that all are closed in order and that attributes are quoted and text is escaped. */
function wellFormed(text: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const rest = text.replace(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi, (_, end: string, name: string, __, empty: string) => {
    if (end !== '') expect(name).toBe(open.pop());
    else names.push(name);
    if (end === '' && empty === '') open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/);
  return names;
}

const hostile = (graph: GraphDescription, name: string): GraphDescription =>
  ({ ...graph, inputs: graph.inputs.map((leaf) => ({ ...leaf, name })), outputs: { [name]: Object.values(graph.outputs)[0]! }, updates: { [name]: Object.values(graph.updates)[0]! } });

describe('the drawing', () => {
  it('has leaves, operations and results; single numbers are written where they are used', () => {
    const { cards, arrows } = drawingOf(graphs.before);
    expect(cards.filter(({ kind }) => kind !== 'operation').map(({ kind, title, type }) => [kind, title, type])).toEqual([
      ['input', 'x', 'float32[?, 3]'], ['input', 'y', 'int32[?]'], ['shared', 'w', 'float32[3, 2]'],
      ['output', 'loss', 'float32'], ['output', 'right', 'float32'], ['update', 'w ←', 'float32[3, 2]'],
    ]);
    const scale = cards.find(({ pattern }) => pattern?.includes('0.25'))!;
    expect([scale.title, scale.formula]).toEqual(['mul', expect.stringMatching(/^0\.25 \* sum\(w \^ 2|^sum\(w \^ 2.*\) \* 0\.25$/)]);
    const product = cards.findIndex(({ title }) => title === 'matmul');
    expect(cards[product]).toMatchObject({ formula: 'x @ w', operands: ['a', expect.any(String) as string], family: 'linear', site: '4:11', type: 'float32[?, 2]' });
    expect(arrows.filter(([, to]) => to === product).map(([from]) => cards[from]!.title)).toEqual(['x', 'w']);
  });

  it('draws a constant that is a result', async () => {
    const { after } = await graphsOf('output a = 3.0 + 4.0');
    expect(drawingOf(after)).toMatchObject({ cards: [{ kind: 'constant', formula: '7' }, { kind: 'output', title: 'a' }], arrows: [[0, 1]] });
  });
});

describe('the SVG document', () => {
  it('is well-formed and has every card and arrow, inside its frame', async () => {
    const text = await renderSvg(graphs.before);
    const { cards, arrows } = drawingOf(graphs.before);
    const names = wellFormed(text);
    expect(text.match(/class="card /g)).toHaveLength(cards.length);
    expect(text.match(/class="arrow"/g)).toHaveLength(arrows.length);
    expect(names.filter((name) => name === 'title')).toHaveLength(cards.length);
    const [, width, height] = /^<svg [^>]*width="(\d+)" height="(\d+)"/.exec(text)!.map(Number);
    for (const [, x, y] of text.matchAll(/translate\((\S+) (\S+)\)/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThan(width!);
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThan(height!);
    }
    expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\((?!#)|<script|href/);
  });

  it('has arrows that end at their cards, from the top down', async () => {
    const text = await renderSvg((await graphsOf('input x: float32[2]\noutput y = exp(x)')).after);
    expect([...text.matchAll(/data-from="(\d)" data-to="(\d)"/g)].map(([, from, to]) => [from, to])).toEqual([['0', '1'], ['1', '2']]);
    const tops = [...text.matchAll(/translate\(\S+ (\S+)\)/g)].map(([, y]) => Number(y));
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    const ends = [...text.matchAll(/ d="M\S+ C?.*?,(\S+?)"/g)].map(([, y]) => Number(y));
    for (const [i, end] of ends.entries()) expect(Math.abs(end - tops[i + 1]!)).toBeLessThan(2);
  });

  it('escapes names', async () => {
    const text = await renderSvg(hostile(graphs.after, `"><script>alert('1')</script>&`));
    wellFormed(text);
    expect(text).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;');
  });

  it('is refused for a graph that nobody could read', async () => {
    const nodes = Array.from({ length: 600 }, (_, i) => ({ ...graphs.after.nodes.find(({ op }) => op === 'matmul')!, id: `m${i}` }));
    const large = { ...graphs.after, nodes, outputs: {}, updates: {} };
    await expect(renderSvg(large)).rejects.toThrow(/The picture would have 603 nodes; at most 500 are drawn/);
    const page = await renderHtml({ title: 'large', source: '', graphs: { ...graphs, before: large } });
    expect(page).toContain('This graph would have 603 nodes');
    expect(page.match(/<svg /g)).toHaveLength(1);
  });
});

describe('costs', () => {
  const row = { name: 'q', includes: [], calls: 4 };
  const { line, site } = { line: 'q:float32[-1,2] = matmul r s transposeA=false transposeB=false', site: '4:11' };

  it('belong to the nodes of the same type, operation and place, for one call', () => {
    const profile: ProgramProfile = { calls: 4, milliseconds: 20, kernels: [], added: [], rows: [
      { ...row, op: 'matmul', print: line, site, milliseconds: 8, bytes: 64 },
      { ...row, op: 'matmul', print: line, site: '9:9', milliseconds: 100, bytes: 1 },
    ] };
    const id = graphs.after.nodes.find((node) => node.op === 'matmul' && node.site === site)!.id;
    expect([...nodeCosts(graphs.after, profile)]).toEqual([[id, { milliseconds: 2, bytes: 64, time: 1, size: 1 }]]);
  });
});

describe('the page', () => {
  it('has both graphs, source, rewrites, refusals, passes and results, escaped', async () => {
    const page = await renderHtml({ title: '<b>"title"', source: SOURCE, graphs });
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('<title>&lt;b&gt;&quot;title&quot;</title>');
    expect(page).toContain('# &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain(`Rewrites applied: ${graphs.report.rewrites.length}`);
    expect(graphs.report.rewrites.length).toBeGreaterThan(0);
    for (const { pass } of graphs.report.passes) expect(page).toContain(`<td>${pass}</td>`);
    expect(page).not.toContain('Profile</h2>');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/\b(?:https?|ftp|wss?):|url\((?!#)|@import/);
  });

  it('shows a profile', async () => {
    const profile: ProgramProfile = {
      calls: 2, milliseconds: 10, added: [{ operator: 'Transpose', calls: 2, milliseconds: 1 }], kernels: [{ updates: ['w'], operations: ['mul', 'sub'], calls: 2, milliseconds: 3 }],
      rows: [{ name: 'a', op: 'matmul', print: '', site: '4:11', calls: 2, milliseconds: 5, bytes: 1200, includes: ['b'] }],
    };
    const page = await renderHtml({ title: 'p', source: SOURCE, graphs, profile });
    for (const text of ['2 calls, 5.000 ms each', 'matmul with 1 more', '1.2 kB', 'update of w: mul, sub', 'Transpose, added by the runtime', 'data-colour-choice="time"']) expect(page).toContain(text);
  });
});
