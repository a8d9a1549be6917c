import * as tf from '@tensorflow/tfjs-core';
import { softmaxStep, softmaxStepSignature } from '../contract/softmax-step.js';
import { gainOf, whatPays, type Cluster, type Loop } from '../fuse/index.js';
import { topologicalOrder, type Graph } from '../graph/graph.js';
import { print } from '../graph/print.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import { lowerModel } from '../lower/index.js';
import type { OnnxAttribute, OnnxNode } from '../lower/onnx-proto.js';
import { optimise, type OptimisationReport } from '../passes/index.js';
import type { Program } from '../program.js';
import { onnxEngine } from '../run/onnx-engine.js';
import { planProgram } from '../schedule/plan.js';
import type { Segment } from '../schedule/schedule.js';
import { describeSpec } from '../signature.js';
import type { NamedHostTensors, Shape } from '../tensors.js';
import { trace } from '../trace/index.js';
import { block, code, table } from './markdown.js';

/**
 * Sites name lines of the compiled file. Compilers drop comments and types but keep statements in order, so the k-th line with an operation is
 * the k-th such line of the source.
 */
function sourceSites(graph: Graph, source: string): (site: string | undefined) => string {
  const lineOf = (site: string): number => Number(site.slice(site.lastIndexOf(':') + 1));
  const compiled = [...new Set(topologicalOrder(graph).flatMap(({ site }) => (site === undefined ? [] : [lineOf(site)])))].sort((a, b) => a - b);
  const written = source.split('\n').flatMap((line, i) => (/\btf\.\w+\(/.test(line) ? [i + 1] : []));
  if (compiled.length !== written.length) throw new Error(`internal: ${written.length} lines of the walkthrough have operations, ${compiled.length} recorded some`);
  return (site) => (site === undefined ? '' : `softmax-step.ts:${written[compiled.indexOf(lineOf(site))]}`);
}

function rewrites({ passes, rewrites: records, nodesBefore, nodesAfter }: OptimisationReport): string {
  const equations = new Map(records.map(({ rule, equation }) => [rule, equation]));
  const rows = passes.flatMap(({ pass, rewrites: counts }) => Object.entries(counts).map(([rule, times]) => [pass, `\`${rule}\``, code(equations.get(rule)!), String(times)]));
  return `${nodesBefore} nodes became ${nodesAfter}:\n\n${table(['phase', 'rule', 'equation', 'times'], rows)}`;
}

const refusals = ({ refusals: records }: OptimisationReport, siteOf: (site: string | undefined) => string): string =>
  table(['rule', 'node', 'reason', 'place'], records.map(({ rule, node, reason, site }) => [`\`${rule}\``, code(node), reason, siteOf(site)]));

const describeCluster = ({ elements, updates, nodes, tensors }: Cluster): string =>
  `kernel over ${elements} elements: ${nodes.map(({ op }) => op).join(' ')}\n  reads ${tensors.map((node) => (node.op === 'state' ? `state ${node.attributes.name}` : `${node.op} ${describeSpec(node)}`)).join(', ')}\n  replaces in place ${updates.map(([name]) => name).join(', ')}`;

const describeLoop = ({ shape, nodes, operands, results, sums }: Loop): string =>
  `loop over [${shape.join(',')}]: ${[...nodes, ...sums].map(({ op }) => op).join(' ')}; reads ${operands.length} tensors, writes ${results.length + sums.length}`;

const describeSegment = (segment: Segment): string =>
  (segment.kind === 'model' ? `ONNX model with the outputs ${Object.keys(segment.graph.outputs).join(', ')}` : segment.loops.map(describeLoop).join('\n'));

function attributeText(attribute: OnnxAttribute): string {
  if ('ints' in attribute) return `[${attribute.ints.join(',')}]`;
  if ('g' in attribute) return attribute.g.name;
  return String('i' in attribute ? attribute.i : 'f' in attribute ? attribute.f : attribute.s);
}

function describeOperator({ opType, domain, inputs, outputs, attributes }: OnnxNode): string {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}=${attributeText(value)}`);
  return `${outputs.join(', ')} = ${domain === undefined ? '' : `${domain}:`}${opType}(${inputs.join(', ')})${given.join('')}`;
}

const image: Program = {
  name: 'image',
  apply: ({ w }, { x }) => ({ outputs: { y: tf.mean(tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same')), [1, 2]) } }),
};

/** A convolution before and after it is laid out for blocks of 8 channels. */
function layout(): string {
  const signature = { state: { w: { dtype: 'float32', shape: [3, 3, 8, 16] } }, inputs: { x: { dtype: 'float32', shape: [-1, 32, 32, 8] } } } as const;
  const { graph } = optimise(trace(image, signature));
  return [block('text', print(graph)), 'in blocks of 8 channels:', block('text', print(blockedLayout(graph, 8)))].join('\n\n');
}

/** 2h - 1 where h = x g + b is above 1, else h^2, and its sum over the rows. */
const pieces: Program = {
  name: 'pieces',
  apply({ g, b }, { x }) {
    const h = tf.add(tf.mul(x!, g!), b!);
    const y = tf.where(tf.greater(h, 1), tf.sub(tf.mul(h, 2), 1), tf.square(h));
    return { outputs: { y, total: tf.sum(y, 0) } };
  },
};

function loopRow(shape: Shape): string[] {
  const row = { dtype: 'float32', shape: [1024] } as const;
  const { graph } = optimise(trace(pieces, { state: { g: row, b: row }, inputs: { x: { dtype: 'float32', shape } } }));
  const all = planProgram(graph, { fewestElements: 0, pays: () => true }).schedule.segments;
  const gains = all.flatMap((segment) => (segment.kind === 'loops' ? segment.loops.map((loop) => `${Math.round(gainOf(loop) / 1000)} µs`) : []));
  const chosen = planProgram(graph, whatPays).schedule.segments;
  return [`[${shape.join(',')}]`, gains.join(', ') || 'none: the shape depends on the batch', chosen.map(describeSegment).join('; ')];
}

const loops = (): string => table(['shape of x', 'estimated gain of a loop', 'what is chosen'], [[512, 1024], [64, 1024], [32, 1024], [-1, 1024]].map(loopRow));

/** Inputs and first state of the calls that the page shows. */
export const walkthroughInputs: NamedHostTensors = {
  x: { dtype: 'float32', shape: [8, 4], data: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)) },
  y: { dtype: 'int32', shape: [8], data: Int32Array.from({ length: 8 }, (_, i) => i % 3) },
};

export const walkthroughState: NamedHostTensors = {
  w: { dtype: 'float32', shape: [4, 3], data: new Float32Array(12) }, b: { dtype: 'float32', shape: [3], data: new Float32Array(3) },
  vw: { dtype: 'float32', shape: [4, 3], data: new Float32Array(12) }, vb: { dtype: 'float32', shape: [3], data: new Float32Array(3) },
  steps: { dtype: 'int32', shape: [], data: new Int32Array(1) },
};

/** What stays the same from run to run; times do not. */
async function profile(siteOf: (site: string | undefined) => string): Promise<string> {
  const executable = await onnxEngine({ device: 'cpu' }).compile(softmaxStep, softmaxStepSignature, { state: walkthroughState, threads: 1, profile: true });
  try {
    await executable.run(walkthroughInputs);
    const { rows, kernels } = await executable.profile();
    const nodes = rows.map(({ print: line, includes, site, bytes }) => [code(line), includes.join(' '), siteOf(site), String(bytes)]);
    const updates = kernels.map(({ updates: names, operations }) => [`replaces ${names.join(' ')}: ${operations.join(' ')}`, '', '', '']);
    return table(['node', 'its kernel also computes', 'place', 'bytes'], [...nodes, ...updates]);
  } finally {
    await executable.dispose();
  }
}

/** The generated sections of docs/compiler.md: one program from its source to what runs. @param source text of contract/softmax-step.ts */
export async function walkthrough(source: string): Promise<Record<string, string>> {
  const traced = trace(softmaxStep, softmaxStepSignature);
  const siteOf = sourceSites(traced, source);
  const { graph, report } = optimise(traced);
  const plan = planProgram(graph, whatPays);
  const models = plan.schedule.segments.flatMap((segment) => (segment.kind === 'model' ? [lowerModel(segment.graph)] : []));
  const steps = [...plan.schedule.segments.map(describeSegment), ...plan.clusters.map(describeCluster), `swap buffers of ${plan.swapped.join(', ')}`];
  return {
    'source': block('ts', source),
    'traced graph': block('text', print(traced)),
    'rewrites': rewrites(report),
    'refusals': refusals(report, siteOf),
    'optimised graph': block('text', print(graph)),
    'layout': layout(),
    'schedule': block('text', steps.map((step, i) => `${i + 1}. ${step.replaceAll('\n', '\n   ')}`).join('\n')),
    'loops': loops(),
    'operators': block('text', models.flatMap(({ operators }) => operators.map(describeOperator)).join('\n')),
    'profile': await profile(siteOf),
  };
}
