import * as tf from '@tensorflow/tfjs-core';
import { scan } from '../../compiler/control/index.js';
import { withSite } from '../../compiler/trace/index.js';
import { siteOf } from '../source/position.js';
import type { Binding } from '../types/dimension.js';
import { stopGradient } from '../functions/stop-gradient.js';
import { reachable, type GradientsDefinition, type ScanDefinition, type Term } from '../check/term.js';

type Results = tf.Tensor | readonly tf.Tensor[];

/** As `tf.grads`, with zeros where the result turns out to depend on a variable in no way, as derivatives of linear functions do. */
function derivatives(f: (...variables: tf.Tensor[]) => tf.Tensor, at: tf.Tensor[], cotangent?: tf.Tensor): tf.Tensor[] {
  const { grads } = tf.engine().gradients(() => f(...at), at, cotangent, true);
  return at.map((variable, i) => (grads[i] as tf.Tensor | null | undefined) ?? tf.zeros(variable.shape));
}

/** Values of terms; an inner one replaces some of an outer one while a gradient is recorded. */
class Values {
  private readonly own = new Map<Term, Results>();

  constructor(private readonly outer?: Values) {}

  has(term: Term): boolean {
    return this.own.has(term) || (this.outer?.has(term) ?? false);
  }

  set(term: Term, results: Results): void {
    this.own.set(term, results);
  }

  results(term: Term): Results {
    const found = this.own.get(term) ?? this.outer?.results(term);
    if (found === undefined) throw new Error(`internal: the term ${term.id} has no value`);
    return found;
  }

  tensor(term: Term): tf.Tensor {
    return this.results(term) as tf.Tensor;
  }
}

/**
 * Computes terms in TensorFlow.js operations on the current backend, each operation with its place in the source as call
 * site. `given` holds the tensors of inputs, shared variables and draws; `lengths` the unknown dimensions.
 */
export class Emission {
  private readonly values = new Values();

  constructor(private readonly lengths: Binding, given: ReadonlyMap<Term, tf.Tensor>) {
    for (const [term, tensor] of given) this.values.set(term, tensor);
  }

  tensors(results: readonly Term[]): tf.Tensor[] {
    for (const term of reachable(results)) if (!this.values.has(term)) this.emit(term, this.values);
    return results.map((term) => this.values.tensor(term));
  }

  private emit(term: Term, values: Values): void {
    values.set(term, withSite(siteOf(term.at), () => this.compute(term, values)));
  }

  private compute(term: Term, values: Values): Results {
    const { definition, operands } = term;
    switch (definition.kind) {
      case 'operation': {
        const tensors = operands.map((operand) => values.tensor(operand));
        const emit = (): tf.Tensor => definition.emit(tensors, this.lengths);
        return definition.differentiable ? emit() : stopGradient(emit);
      }
      case 'gradients': return this.gradients(definition, values);
      case 'scan': {
        const emit = (): readonly tf.Tensor[] => this.scan(definition, operands, values);
        return definition.differentiable ? emit() : stopGradient(emit);
      }
      case 'part': return (values.results(operands[0]!) as readonly tf.Tensor[])[definition.index]!;
      case 'input': case 'shared': case 'draw': case 'parameter': throw new Error(`internal: the ${definition.kind} at ${siteOf(term.at)} was not given`);
    }
  }

  private scan({ states, slices, next, path, steps, backwards, truncate }: ScanDefinition, operands: readonly Term[], values: Values): readonly tf.Tensor[] {
    const named = (prefix: string, tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> => Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
    const tensors = operands.slice(0, states.length + slices.length).map((operand) => values.tensor(operand));
    const { outputs } = scan({
      initial: named('state', tensors.slice(0, states.length)),
      sequences: named('slice', tensors.slice(states.length)),
      steps: steps.evaluate(this.lengths),
      backwards,
      ...(truncate ? { truncateGradient: truncate.evaluate(this.lengths) } : {}),
      body: (nowSlices, nowStates) => {
        const inner = new Values(values);
        states.forEach((term, i) => inner.set(term, nowStates[`state${i}`]!));
        slices.forEach((term, i) => inner.set(term, nowSlices[`slice${i}`]!));
        for (const term of path) this.emit(term, inner);
        const results = named('state', next.map((term) => inner.tensor(term)));
        return { states: results, outputs: results };
      },
    });
    return next.map((_, i) => outputs[`state${i}`]!);
  }

  private gradients({ of, wrt, path, cotangent }: GradientsDefinition, values: Values): readonly tf.Tensor[] {
    const f = (...variables: tf.Tensor[]): tf.Tensor => {
      const inner = new Values(values);
      wrt.forEach((term, i) => inner.set(term, variables[i]!));
      for (const term of path) this.emit(term, inner);
      return inner.tensor(of);
    };
    const at = wrt.map((term) => values.tensor(term));
    switch (cotangent.kind) {
      case 'one': return derivatives(f, at);
      case 'term': return derivatives(f, at, values.tensor(cotangent.term));
      case 'each': return this.jacobian(of, f, at);
    }
  }

  /** One backward pass for each element of `of`: row i of d of / d wrt. */
  private jacobian(of: Term, f: (...variables: tf.Tensor[]) => tf.Tensor, at: tf.Tensor[]): tf.Tensor[] {
    const shape = of.type.shape.map((length) => length.evaluate(this.lengths));
    const size = tf.util.sizeFromShape(shape);
    const rows = Array.from({ length: size }, (_, i) => {
      const seed = new Float32Array(size);
      seed[i] = 1;
      return derivatives(f, at, tf.tensor(seed, shape));
    });
    return at.map((variable, k) => tf.reshape(tf.stack(rows.map((row) => row[k]!)), [...shape, ...variable.shape]));
  }
}
