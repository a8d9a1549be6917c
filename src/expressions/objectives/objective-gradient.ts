import type { Engine } from '../../compiler/program.js';
import type { HostTensor } from '../../compiler/tensors.js';
import { StatelessRuns } from '../compile/stateless-runs.js';
import type { ExpressionLimits } from '../limits.js';
import type { LabelForm } from './objective-contract.js';
import { prepareObjective, type PreparedObjective } from './prepare-objective.js';

/** Batches of attacks are small, and an objective is only one part of their work: its results must stay small too. */
const MOST = { operations: 10_000, elements: 2 ** 22, memoryBytes: 2 ** 28 };

/** The smaller of two limits each. */
const withinMost = (limits: Partial<ExpressionLimits>): Partial<ExpressionLimits> => ({
  ...limits,
  operations: Math.min(limits.operations ?? Infinity, MOST.operations),
  elements: Math.min(limits.elements ?? Infinity, MOST.elements),
  memoryBytes: Math.min(limits.memoryBytes ?? Infinity, MOST.memoryBytes),
});

export interface ObjectiveOptions {
  /** Threads inside one kernel; 0 leaves it to the engine. */
  readonly threads?: number;
  /** JSON pointer of the use in the request. */
  readonly pointer: string;
  /** What the expression may cost; `MOST` holds besides. */
  readonly limits?: Partial<ExpressionLimits> | undefined;
}

function oneHotRows(labels: Int32Array, classes: number): HostTensor {
  const data = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => (data[row * classes + label] = 1));
  return { dtype: 'float32', shape: [labels.length, classes], data };
}

const classesAs = (form: LabelForm, labels: Int32Array, classes: number): HostTensor =>
  form === 'labels' ? { dtype: 'int32', shape: [labels.length], data: labels } : oneHotRows(labels, classes);

/** The objective of an attack that an expression defines, derived by the logits; compiled for each batch size it meets. */
export class ObjectiveGradient {
  private readonly prepared: PreparedObjective;
  private readonly runs: StatelessRuns;

  /** @throws the errors of `prepareObjective` */
  constructor(source: string, private readonly classes: number, engine: Engine, { threads = 0, pointer, limits = {} }: ObjectiveOptions) {
    this.prepared = prepareObjective(source, { name: 'objective', batch: 'any', classes }, pointer, withinMost(limits));
    this.runs = new StatelessRuns(this.prepared.module, engine, threads);
  }

  /**
   * @param logits [n, classes] row-major
   * @param labels [n]
   * @returns d objective / d logits [n, classes], of the sum over the examples where each has its own
   */
  async at(logits: Float32Array, labels: Int32Array): Promise<Float32Array> {
    const { labels: form, gradient } = this.prepared;
    const inputs = { logits: { dtype: 'float32', shape: [labels.length, this.classes], data: logits } as const, [form]: classesAs(form, labels, this.classes) };
    const outputs = await this.runs.run(gradient, inputs, {}, {});
    return outputs['gradient']!.data as Float32Array;
  }

  dispose(): Promise<void> {
    return this.runs.dispose();
  }
}
