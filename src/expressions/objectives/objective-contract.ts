import { expressionUnfit } from '../../errors/expressions.errors.js';
import type { Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import { showType, type TensorType } from '../types/tensor-type.js';

/** How the true classes reach an objective: class numbers int32 [n], or probabilities float32 [n, k]. */
export type LabelForm = 'labels' | 'targets';

/** What an expression over the logits of a batch is used for; `name` is that of its output. */
export interface ObjectiveUse {
  readonly name: 'loss' | 'objective';
  /** Examples in a call; any number where batches differ. */
  readonly batch: number | 'any';
  readonly classes: number;
}

/** What the names of an expression stand for in a use. */
export interface Objective {
  readonly labels: LabelForm;
  readonly logits: Term;
  /** float32, a number or one for each example. */
  readonly result: Term;
  /** Unknown dimensions for a number of examples. */
  readonly binding: (batch: number) => Binding;
}

type Length = ObjectiveUse['batch'];

const types = { logits: 'float32[n, k]', labels: 'int32[n]', targets: 'float32[n, k]' } as const;
const purposes = { loss: 'the loss of a training', objective: 'the objective of an attack' } as const;

/** Collects what does not fit, and which lengths the names of dimensions stand for. */
class Fitting {
  readonly problems: string[] = [];
  readonly lengths = new Map<string, Length>();

  constructor(private readonly module: ExpressionModule, private readonly use: ObjectiveUse) {}

  private get scale(): string {
    const { batch, classes } = this.use;
    return `${batch === 'any' ? 'any number n' : `n = ${batch}`} of examples and k = ${classes} classes`;
  }

  input(name: keyof typeof types): void {
    const type = this.module.inputs.get(name);
    if (type === undefined) return void this.problems.push(`it has no input '${name}'; accepted: input ${name}: ${types[name]}`);
    const [dtype, lengths] = name === 'labels' ? ['int32', [this.use.batch]] : ['float32', [this.use.batch, this.use.classes]];
    const fits = type.dtype === dtype && type.shape.length === lengths.length && lengths.every((length, axis) => this.axis(type, axis, length));
    if (!fits) this.problems.push(`the input '${name}' is ${showType(type)}; accepted: ${types[name]} for ${this.scale}`);
  }

  private axis({ shape }: TensorType, axis: number, length: Length): boolean {
    const given = shape[axis]!;
    if (given.value !== undefined) return given.value === length;
    const before = this.lengths.get(given.key);
    this.lengths.set(given.key, before ?? length);
    return before === undefined || before === length;
  }

  /** Exactly one of the two forms, and nothing else besides logits. */
  labels(): LabelForm {
    const { inputs } = this.module;
    const form = inputs.has('targets') && !inputs.has('labels') ? 'targets' : 'labels';
    const others = [...inputs.keys()].filter((name) => name !== 'logits' && name !== form);
    if (others.length > 0) this.problems.push(`nobody gives the input '${others[0]!}'; accepted: logits, and either labels (class numbers) or targets (probabilities)`);
    if (inputs.has(form) || others.length === 0) this.input(form);
    return form;
  }

  stateless(): void {
    const { shared, streams } = this.module;
    const [variable] = shared.keys();
    const [stream] = streams.keys();
    if (variable !== undefined) this.problems.push(`it has the shared variable '${variable}', and ${purposes[this.use.name]} keeps no state; accepted: a let with its value`);
    if (stream !== undefined) this.problems.push(`it draws from the stream '${stream}', and ${purposes[this.use.name]} repeats for equal inputs; accepted: no random numbers, or a seed at the draw`);
  }

  result(): Term | undefined {
    const { outputs } = this.module;
    const { name } = this.use;
    const found = outputs.get(name) ?? (outputs.size === 1 ? [...outputs.values()][0] : undefined);
    if (found === undefined) return void this.problems.push(`its outputs are ${[...outputs.keys()].join(', ') || 'none'}; accepted: one output, or one of them named '${name}'`);
    const { dtype, shape } = found.type;
    const examples = this.module.inputs.get('logits')?.shape[0];
    const each = name === 'objective' && shape.length === 1 && examples !== undefined && shape[0]!.equals(examples);
    if (dtype !== 'float32' || !(shape.length === 0 || each)) {
      const accepted = name === 'loss' ? 'float32, one number, such as mean(...) of it' : 'float32, one number, or float32[n], one for each example';
      this.problems.push(`its result is ${showType(found.type)}; accepted: ${accepted}`);
    }
    return found;
  }
}

/**
 * Checks that an expression is a function of the logits of a batch and of its true classes, and nothing else:
 * `logits` float32 [n, k], and `labels` int32 [n] or `targets` float32 [n, k]; the result is a float32 number, for an
 * objective also float32 [n].
 * @param pointer JSON pointer of the use in the request
 * @throws expression-unfit with everything that does not fit
 */
export function fitObjective(module: ExpressionModule, use: ObjectiveUse, pointer: string): Objective {
  const fitting = new Fitting(module, use);
  fitting.input('logits');
  const labels = fitting.labels();
  fitting.stateless();
  const result = fitting.result();
  if (fitting.problems.length > 0 || result === undefined) throw expressionUnfit(purposes[use.name], fitting.problems, pointer);
  return {
    labels, result,
    logits: module.values.get('logits')!,
    binding: (batch) => Object.fromEntries(Array.from(fitting.lengths, ([name, length]) => [name, length === 'any' || length === use.batch ? batch : length])),
  };
}
