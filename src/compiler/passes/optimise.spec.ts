import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractPrograms, contractRows, contractSignature } from '../contract/index.js';
import { convolutionalStep, inputGradient } from '../contract/programs.js';
import { evaluate } from '../evaluate/index.js';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { everyNode } from '../graph/loop.js';
import { countOperations, print } from '../graph/print.js';
import { trace } from '../trace/index.js';
import { runEagerly } from '../run/eager-engine.js';
import { onBackend } from '../tfjs-backend.js';
import { OPTIMISATION_LEVELS, optimise } from './index.js';
import { f } from './testing/expressions.js';
import { graphOf, leaves, withSites } from './testing/graphs.js';

describe('the optimiser keeps the numbers', () => {
  it.each(contractRows)('of $name, rewrite by rewrite and at every level', (row) => {
    const before = trace(contractProgram(row), contractSignature(row));
    const expected = evaluate(before, {}, row.inputs).outputs;
    for (const level of OPTIMISATION_LEVELS) {
      const { graph } = optimise(before, { level, check: 'values', values: { state: {}, inputs: row.inputs } });
      expect(difference(evaluate(graph, {}, row.inputs).outputs, expected, 1e-5)).toBeUndefined();
    }
  });

  it.each(contractPrograms)('of $program.name', ({ program, signature, state, inputs }) => {
    const before = trace(program, signature);
    const { graph: after } = optimise(before, { check: 'values', values: { state, inputs } });
    const eager = onBackend('cpu', () => runEagerly(program, signature.state, state, inputs));
    for (const graph of [before, after]) {
      const result = evaluate(graph, state, inputs);
      expect(difference(result.outputs, eager.outputs, 1e-4, 1e-6)).toBeUndefined();
      expect(difference(result.state, eager.state, 1e-4, 1e-6)).toBeUndefined();
    }
  });

  it('and answers alike on every run', () => {
    for (const { program, signature } of contractPrograms) {
      expect(print(optimise(trace(program, signature)).graph)).toBe(print(optimise(trace(program, signature)).graph));
    }
  });
});

describe('the optimiser leaves little to do', () => {
  it('finds nothing more in its own result', () => {
    for (const { program, signature } of contractPrograms) {
      const once = optimise(trace(program, signature)).graph;
      expect(countOperations(optimise(once).graph)).toEqual(countOperations(once));
    }
  });

  it('keeps transposes only at the borders of a convolutional training step', () => {
    const { program, signature } = convolutionalStep;
    const before = trace(program, signature);
    const after = optimise(before).graph;
    const filters = 4;
    // x once, the dropout mask once, and each filter on its way in and its gradient on its way out
    expect(countOperations(after).transpose).toBe(2 + 2 * filters);
    expect(countOperations(before).transpose).toBe(39);
    const images = topologicalOrder(after).filter((node) => node.op === 'transpose' && node.shape.length === 4 && node.shape[0] === 5);
    expect(images.every((node) => node.inputs[0]!.op === 'input' || node.inputs[0]!.inputs.some((input) => input.op === 'input' || input.op === 'constant'))).toBe(true);
  });

  it('keeps one transpose in and one out for the gradient of an image', () => {
    const { program, signature } = inputGradient;
    const transposes = topologicalOrder(optimise(trace(program, signature)).graph).filter((node) => node.op === 'transpose');
    expect(transposes.filter((node) => node.shape[0] === -1)).toHaveLength(2);
  });
});

describe('provenance', () => {
  const withoutSite = (graph: Graph): string[] => topologicalOrder(graph).filter((node) => node.inputs.length > 0 && node.site === undefined).map(({ op }) => op);
  const graphs = [
    ...contractRows.map((row) => trace(contractProgram(row), contractSignature(row))),
    ...contractPrograms.map(({ program, signature }) => trace(program, signature)),
  ].map(withSites);
  it('every node that a rewrite makes has the site of the node that it replaces', () => {
    for (const graph of graphs) {
      const sites = new Set(everyNode(graph).map(({ site }) => site));
      const { graph: after } = optimise(graph, {
        onRewrite: (rule, from, to) => {
          if (rule.name === 'merge' || to === from) return;
          const made: Node[] = [to].filter((node) => node.inputs.length > 0 && !sites.has(node.site));
          expect(made).toEqual([]);
        },
      });
      expect(withoutSite(after)).toEqual([]);
    }
  });
});

describe('the report', () => {
  const [x, y] = leaves as [Node, Node, Node];
  const graph = withSites(graphOf({ value: f('add', f('log', f('add', x, 1)), f('mul', f('sub', y, y), 2)) }));
  const { report } = optimise(graph);

  it('counts nodes and rewrites for each pass', () => {
    expect(report.level).toBe('o4');
    expect([report.nodesBefore, report.nodesAfter]).toEqual([10, 8]);
    expect(report.passes.map(({ pass }) => pass)).toEqual(['merge', 'canonicalise', 'transpose-sinking', 'products', 'merged-products', 'dead-code']);
    expect(report.passes.map(({ rewrites }) => rewrites)).toEqual([{}, { 'log-of-one-plus': 1 }, {}, {}, {}, {}]);
    expect(report.passes.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  });

  it('shows each rewrite and each refusal once, with equation and site', () => {
    expect(report.rewrites).toEqual([{
      pass: 'canonicalise', rule: 'log-of-one-plus', equation: 'log(1 + x) -> log1p(x)', before: 'log(add(x, 1))', after: 'log1p(x)', site: 'line:2',
    }]);
    expect(report.refusals).toEqual([{
      rule: 'subtract-itself', equation: 'x - x -> 0', node: 'sub(y, y)', reason: 'would lose NaN: an operand may be NaN or infinite', site: 'line:3',
    }]);
  });

  it('is plain data', () => expect(JSON.parse(JSON.stringify(report))).toMatchObject({ level: 'o4', rewrites: [{ rule: 'log-of-one-plus' }], refusals: [{}], notes: [] }));

  it('shows the graph after every pass and each rewrite as it happens', () => {
    const [passes, rules]: [string[], string[]] = [[], []];
    optimise(graph, { debug: (pass) => passes.push(pass), onRewrite: ({ name }) => rules.push(name) });
    expect(passes).toEqual(report.passes.map(({ pass }) => pass));
    expect(rules).toEqual(['log-of-one-plus']);
  });
});

describe('check: values', () => {
  const [x] = leaves as [Node, Node, Node];
  it('names rule, nodes and difference where a rewrite changes a value', async () => {
    const { ValueCheck, drawLeaves } = await import('./rewriting/value-check.js');
    const graph = graphOf({ value: f('exp', x) });
    const check = new ValueCheck(graph, drawLeaves(graph, 1), true);
    const rule = { name: 'wrong', equation: 'exp(x) -> x', values: 'rounding' } as const;
    expect(() => check.compare(rule, f('exp', x), x)).toThrow(/internal: wrong \(exp\(x\) -> x\) changed exp\(x\) to x: element \d is -?[\d.]+ instead of [\d.]+, accepted difference/);
    expect(() => check.compare(rule, f('log', x), f('log', f('abs', x)))).toThrow(/instead of NaN/);
    expect(() => check.compare({ ...rule, values: 'stable' }, f('log', x), f('log', f('abs', x)))).not.toThrow();
    expect(() => check.compare({ ...rule, values: 'same' }, f('expm1', x), f('sub', f('exp', x), 1))).toThrow(/accepted difference 0/);
  });
});
