import { executableDisposed, tensorMismatch, tensorUnknown } from '../../errors/compiler.errors.js';
import { expressionDimension, expressionNotFinite } from '../../errors/expressions.errors.js';
import type { Engine, ProgramProfile } from '../../compiler/program.js';
import { normal } from '../../compiler/random/index.js';
import { CallQueue } from '../../compiler/run/call-queue.js';
import { describeSpec } from '../../compiler/signature.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import { bindDimensions, PROGRAM_NAME } from './bind-dimensions.js';
import { checkBinding } from './check-binding.js';
import { CompiledEntry } from './compiled-entry.js';
import type { CompiledExpression, EvaluateOptions, Evaluation, Gradients, Graphs } from './compiled-expression.js';
import { drawNumbers, type StreamCounters } from './draw-numbers.js';
import { derivativeName, EntryTable } from './entry-table.js';
import { describeGraph } from './graph-description.js';
import { initialState } from './initial-state.js';
import { firstNonFinite, type NonFinite, type ValueRange } from './nan-guard.js';
import { portableOnnx } from './portable-onnx.js';
import { SharedState } from './shared-state.js';
import { StatelessRuns } from './stateless-runs.js';
import type { DimensionMode } from './traced-entry.js';
import { inner, verifyGradient, type GradientReport, type VerifyOptions } from './verify-gradient.js';

export interface ExpressionOptions {
  /** Threads inside one kernel; 0 lets the engine choose. */
  readonly threads?: number;
}

/** What a compiled expression is made of besides its state. */
interface Parts {
  readonly module: ExpressionModule;
  readonly engine: Engine;
  readonly options: ExpressionOptions;
  readonly entries: EntryTable;
}

const MOST_CALLS = 2 ** 31 - 1;

const counterTensor = (calls: number): HostTensor => ({ dtype: 'int32', shape: [], data: Int32Array.of(calls) });

const describeRange = ({ op, site, minimum, maximum, notFinite }: ValueRange): string =>
  `${op} at ${site} from ${minimum ?? 'nothing'} to ${maximum ?? 'nothing'}${notFinite > 0 ? `, ${notFinite} not finite` : ''}`;

class Compiled implements CompiledExpression {
  private readonly queue = new CallQueue();
  private readonly state: SharedState;
  private readonly main: CompiledEntry;
  private readonly stateless: StatelessRuns;
  private disposed = false;

  constructor(private readonly parts: Parts, initial: NamedHostTensors, private counters: StreamCounters) {
    const { module, engine, options, entries } = parts;
    const threads = options.threads ?? 0;
    this.state = new SharedState(entries.evaluate.state, initial);
    this.main = new CompiledEntry(module, entries.evaluate, engine, threads, this.state);
    this.stateless = new StatelessRuns(module, engine, threads);
  }

  get module(): ExpressionModule {
    return this.parts.module;
  }

  get dimensions(): DimensionMode {
    return this.main.mode;
  }

  evaluate(inputs: NamedHostTensors, { guard = false }: EvaluateOptions = {}): Promise<Evaluation> {
    return this.enqueue(async () => {
      const binding = bindDimensions(this.module, inputs);
      if (guard) await this.refuseNonFinite(binding, inputs);
      const outputs = await this.main.run(binding, this.fed(binding, inputs));
      this.advance();
      return { outputs, state: { ...await this.state.read([...this.module.updates.keys()]), ...this.counterTensors() } };
    });
  }

  gradient(of: string, wrt: readonly string[], inputs: NamedHostTensors): Promise<Gradients> {
    return this.enqueue(async () => {
      const results = await this.stateless.run(this.parts.entries.derivatives(of, wrt), inputs, await this.state.read(), this.counters);
      return { value: results['value']!, gradients: Object.fromEntries(wrt.map((name) => [name, results[derivativeName(name)]!])) };
    });
  }

  verifyGradient(of: string, wrt: readonly string[], inputs: NamedHostTensors, options: VerifyOptions = {}): Promise<GradientReport> {
    return this.enqueue(async () => {
      const { entries } = this.parts;
      for (const name of wrt) entries.variable(name);
      const shared = await this.state.read();
      const target = entries.value(of);
      const weights = target.type.shape.length === 0 ? undefined : entries.weights(of, options.seed ?? 0);
      const derived = entries.derivatives(of, wrt, weights === undefined ? { kind: 'one' } : { kind: 'term', term: weights.term });
      const results = await this.stateless.run(derived, inputs, shared, this.counters);
      const alone = entries.derivatives(of, []);
      return verifyGradient({
        at: Object.fromEntries(wrt.map((name) => [name, (inputs[name] ?? shared[name])!])),
        gradients: Object.fromEntries(wrt.map((name) => [name, results[derivativeName(name)]!])),
        valueAt: async (moved) => {
          const pick = (from: NamedHostTensors): NamedHostTensors => Object.fromEntries(Object.keys(from).map((name) => [name, moved[name] ?? from[name]!]));
          const { value } = await this.stateless.run(alone, pick(inputs), pick(shared), this.counters);
          const factors = weights && normal(weights.key, value!.data.length);
          return factors === undefined ? value!.data[0]! : inner(value!.data, factors);
        },
      }, options);
    });
  }

  firstNonFinite(inputs: NamedHostTensors): Promise<NonFinite | undefined> {
    return this.enqueue(() => this.nonFinite(bindDimensions(this.module, inputs), inputs));
  }

  readState(names: readonly string[] = [...this.module.shared.keys(), ...this.module.streams.keys()]): Promise<NamedHostTensors> {
    return this.enqueue(() => this.stateNow(names));
  }

  writeState(state: NamedHostTensors): Promise<void> {
    return this.enqueue(() => this.overwrite(state));
  }

  copy({ swap = {} }: { readonly swap?: NamedHostTensors } = {}): Promise<CompiledExpression> {
    return this.enqueue(async () => {
      const copied = new Compiled(this.parts, await this.state.read(), this.counters);
      await copied.writeState(swap);
      return copied;
    });
  }

  graphs(lengths: Binding = {}): Graphs {
    const { before, after, report } = this.programs(lengths);
    return { before: describeGraph(before), after: describeGraph(after), report };
  }

  profile(inputs: NamedHostTensors, calls: number): Promise<ProgramProfile> {
    return this.enqueue(() => {
      const binding = bindDimensions(this.module, inputs);
      return this.main.profile(binding, this.fed(binding, inputs), calls);
    });
  }

  onnx(lengths: Binding = {}): Uint8Array {
    return portableOnnx(this.programs(lengths).after);
  }

  dispose(): Promise<void> {
    return this.queue.add(async () => {
      this.disposed = true;
      await this.main.dispose();
      await this.stateless.dispose();
    });
  }

  /** @throws expression-dimension */
  private programs(lengths: Binding): ReturnType<CompiledEntry['graphs']> {
    const missing = [...this.module.dimensions.keys()].filter((name) => !(Number.isSafeInteger(lengths[name]) && lengths[name]! >= 1));
    if (this.dimensions.mode === 'binding' && missing.length > 0) {
      throw expressionDimension(`Each binding of the unknown dimensions has its own program; lengths of at least 1 for ${missing.join(', ')} are needed.`);
    }
    return this.main.graphs(lengths);
  }

  private enqueue<T>(task: () => Promise<T>): Promise<T> {
    return this.queue.add(async () => {
      if (this.disposed) throw executableDisposed(PROGRAM_NAME);
      return task();
    });
  }

  private fed(binding: Binding, inputs: NamedHostTensors): NamedHostTensors {
    return { ...inputs, ...drawNumbers(this.parts.entries.evaluate.draws, this.module.streams, this.counters, binding) };
  }

  /** Each stream counts the calls that it has answered; past the largest int32 it begins again. */
  private advance(): void {
    this.counters = Object.fromEntries(Object.entries(this.counters).map(([name, calls]) => [name, calls === MOST_CALLS ? 0 : calls + 1]));
  }

  private counterTensors(): NamedHostTensors {
    return Object.fromEntries(Object.entries(this.counters).map(([name, calls]) => [name, counterTensor(calls)]));
  }

  private async nonFinite(binding: Binding, inputs: NamedHostTensors): Promise<NonFinite | undefined> {
    checkBinding(this.module, this.parts.entries.evaluate.results, binding);
    const { before } = this.main.graphs(binding);
    this.main.checkMemory(before, binding);
    return firstNonFinite(before, await this.state.read(), this.fed(binding, inputs), this.parts.entries.evaluate.leafSites);
  }

  private async refuseNonFinite(binding: Binding, inputs: NamedHostTensors): Promise<void> {
    const found = await this.nonFinite(binding, inputs);
    if (found !== undefined) throw expressionNotFinite(found.op, found.site, found.value, found.operands.map(describeRange).join('; ') || 'none');
  }

  private async stateNow(names: readonly string[]): Promise<NamedHostTensors> {
    for (const name of names) this.checkStateName(name);
    const shared = await this.state.read(names.filter((name) => this.module.shared.has(name)));
    const counters = names.filter((name) => this.module.streams.has(name)).map((name) => [name, counterTensor(this.counters[name]!)] as const);
    return { ...shared, ...Object.fromEntries(counters) };
  }

  private async overwrite(state: NamedHostTensors): Promise<void> {
    for (const name of Object.keys(state)) this.checkStateName(name);
    const counters = Object.entries(state).filter(([name]) => this.module.streams.has(name)).map(([name, tensor]) => [name, callsOf(name, tensor)] as const);
    await this.state.write(Object.fromEntries(Object.entries(state).filter(([name]) => this.module.shared.has(name))));
    this.counters = { ...this.counters, ...Object.fromEntries(counters) };
  }

  private checkStateName(name: string): void {
    const { shared, streams } = this.module;
    if (!shared.has(name) && !streams.has(name)) throw tensorUnknown(PROGRAM_NAME, 'state', name, [...shared.keys(), ...streams.keys()]);
  }
}

/** @throws tensor-mismatch */
function callsOf(name: string, tensor: HostTensor): number {
  const calls = tensor.data[0];
  const fits = tensor.dtype === 'int32' && tensor.shape.length === 0 && tensor.data.length === 1 && calls! >= 0;
  if (!fits) throw tensorMismatch(PROGRAM_NAME, 'state', name, describeSpec(tensor), 'int32[] of at least 0, the number of calls');
  return calls!;
}

/**
 * Compiles a checked expression for an engine: computes the first values of its shared variables, records its program, and
 * compiles that at the first call.
 * @throws expression-limit, and what the trace of a program throws.
 */
export function compileExpression(module: ExpressionModule, engine: Engine, options: ExpressionOptions = {}): Promise<CompiledExpression> {
  return Promise.resolve().then(() => {
    const counters = Object.fromEntries(Array.from(module.streams.keys(), (name) => [name, 0]));
    return new Compiled({ module, engine, options, entries: new EntryTable(module) }, initialState(module), counters);
  });
}
