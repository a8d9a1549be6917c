import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { isLeaf } from '../graph/build.js';
import { nodeNames, printNode } from '../graph/print.js';
import type { ProfileRow, ProgramProfile } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';
import type { CompiledProgram, ScheduledProgram } from './compiled-program.js';
import { ModelStep } from './model-step.js';
import { ProfiledModel, type ModelTimes } from './profiled-model.js';

/** For each node without a kernel of its own the one that computes it too: its nearest user that has one. */
function computedWith(order: readonly Node[], isTimed: (node: Node) => boolean): Map<Node, Node> {
  const owners = new Map<Node, Node>();
  for (const node of order.toReversed()) {
    const owner = isTimed(node) ? node : owners.get(node);
    if (!owner) continue;
    for (const input of node.inputs) if (!owners.has(input)) owners.set(input, owner);
  }
  return owners;
}

function rowsOf(graph: Graph, { nodes }: ModelTimes, prefix: string): ProfileRow[] {
  const names = new Map([...nodeNames(graph)].map(([node, letter]) => [node, prefix + letter]));
  const order = topologicalOrder(graph);
  const owners = computedWith(order, (node) => nodes.has(node));
  const includes = new Map<Node, string[]>();
  for (const node of order) {
    const owner = owners.get(node);
    if (!isLeaf(node) && !nodes.has(node) && owner) includes.set(owner, [...(includes.get(owner) ?? []), names.get(node)!]);
  }
  return order.flatMap((node) => {
    const times = nodes.get(node);
    if (!times) return [];
    const row = { name: names.get(node)!, op: node.op, print: printNode(node, names), ...times, includes: includes.get(node) ?? [] };
    return [node.site === undefined ? row : { ...row, site: node.site }];
  });
}

/** A compiled program whose calls are timed. */
export class ProfiledProgram implements CompiledProgram {
  private calls = 0;
  private milliseconds = 0;

  constructor(private readonly program: ScheduledProgram) {}

  async run(inputs: NamedHostTensors): Promise<NamedHostTensors> {
    const start = performance.now();
    const outputs = await this.program.run(inputs);
    this.milliseconds += performance.now() - start;
    this.calls += 1;
    return outputs;
  }

  async profile(): Promise<ProgramProfile> {
    const { calls, milliseconds } = this;
    [this.calls, this.milliseconds] = [0, 0];
    const { steps, updates } = this.program;
    const models = steps.flatMap((step) => (step instanceof ModelStep && step.session instanceof ProfiledModel ? [step.session] : []));
    const loops = steps.flatMap((step) => (step instanceof ModelStep ? [] : step));
    const rows: ProfileRow[] = [];
    const added: ProgramProfile['added'][number][] = [];
    for (const [i, model] of models.entries()) {
      const times = await model.takeTimes();
      rows.push(...rowsOf(model.lowered.graph, times, models.length > 1 ? `${i + 1}.` : ''));
      added.push(...[...times.added].map(([operator, sum]) => ({ operator, ...sum })));
    }
    return { calls, milliseconds, rows, kernels: [...loops.map((loop) => loop.takeTimes()), ...(updates?.takeTimes() ?? [])], added };
  }

  release(): Promise<void> {
    return this.program.release();
  }
}
