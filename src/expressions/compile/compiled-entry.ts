import { expressionLimit } from '../../errors/expressions.errors.js';
import { optimise, type OptimisationReport } from '../../compiler/passes/index.js';
import type { Graph } from '../../compiler/graph/graph.js';
import type { Engine, Executable, ProgramProfile } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionLimits } from '../limits.js';
import type { ExpressionModule } from '../module.js';
import { problemAt } from '../source/problem.js';
import type { Binding } from '../types/dimension.js';
import { checkBinding } from './check-binding.js';
import type { Entry } from './entry.js';
import { resultBytes } from './memory.js';
import type { SharedState } from './shared-state.js';
import { traceAtBinding, traceForAll, type DimensionMode, type TracedEntry } from './traced-entry.js';

/** A traced entry, its graph after the passes, and what runs it. */
interface Prepared extends TracedEntry {
  readonly optimised: Graph;
  /** What the passes did. */
  readonly report: OptimisationReport;
  executable: Executable | undefined;
}

const MOST_ACCEPTED = 256;

const keyOf = (binding: Binding): string => Object.entries(binding).map(([name, length]) => `${name}=${length}`).join();

/** The programs of one entry: one for all lengths, or one for each binding, the least recently used given back. */
export class CompiledEntry {
  readonly mode: DimensionMode;
  private readonly forAll: Prepared | undefined;
  private readonly byBinding = new Map<string, Prepared>();
  /** Bindings that have passed every check. */
  private readonly accepted = new Set<string>();

  /** @param state of an entry with state; an entry without takes shared variables as inputs. */
  constructor(
    private readonly module: ExpressionModule,
    readonly entry: Entry,
    private readonly engine: Engine,
    private readonly threads: number,
    private readonly state: SharedState | undefined,
  ) {
    const { mode, traced } = traceForAll(module, entry);
    this.mode = mode;
    this.forAll = traced && prepared(traced);
  }

  /** Graphs before and after the passes, and what these did; for known lengths where there is not one program for all. */
  graphs(binding: Binding): { before: Graph; after: Graph; report: OptimisationReport } {
    const { graph, optimised, report } = this.forAll ?? this.byBinding.get(keyOf(binding)) ?? prepared(traceAtBinding(this.module, this.entry, binding));
    return { before: graph, after: optimised, report };
  }

  /** Runs the entry once; `fed` holds all it takes besides state. @throws expression-dimension, expression-limit */
  async run(binding: Binding, fed: NamedHostTensors): Promise<NamedHostTensors> {
    const found = await this.checked(binding);
    found.executable ??= await this.engine.compile(this.entry.program, { state: this.entry.state, inputs: found.inputs }, { state: await this.stateNow(), threads: this.threads });
    await this.state?.moveTo(found.executable);
    return found.executable.run(fed);
  }

  /** As `CompiledExpression.profile`, on an executable of its own. */
  async profile(binding: Binding, fed: NamedHostTensors, calls: number): Promise<ProgramProfile> {
    const { inputs } = await this.checked(binding);
    const options = { state: await this.stateNow(), threads: this.threads, profile: true };
    const executable = await this.engine.compile(this.entry.program, { state: this.entry.state, inputs }, options);
    try {
      await executable.run(fed);
      await executable.profile(); // what is asked for next begins here
      for (let call = 0; call < calls; call++) await executable.run(fed);
      return await executable.profile();
    } finally {
      await executable.dispose();
    }
  }

  /** @throws expression-limit */
  checkMemory(graph: Graph, binding: Binding): void {
    requireMemory(graph, binding, this.module.limits);
  }

  async dispose(): Promise<void> {
    for (const each of [this.forAll, ...this.byBinding.values()]) await this.release(each);
    this.byBinding.clear();
  }

  private async checked(binding: Binding): Promise<Prepared> {
    const key = keyOf(binding);
    if (this.accepted.has(key)) return this.prepared(binding);
    checkBinding(this.module, this.entry.results, binding);
    const found = await this.prepared(binding);
    this.checkMemory(found.optimised, binding);
    if (this.accepted.size >= MOST_ACCEPTED) this.accepted.clear();
    this.accepted.add(key);
    return found;
  }

  private async prepared(binding: Binding): Promise<Prepared> {
    if (this.forAll !== undefined) return this.forAll;
    const key = keyOf(binding);
    const found = this.byBinding.get(key) ?? prepared(traceAtBinding(this.module, this.entry, binding));
    this.byBinding.delete(key);
    this.byBinding.set(key, found); // the last is the one used last
    if (this.byBinding.size > this.module.limits.bindings) {
      const [oldest, least] = this.byBinding.entries().next().value!;
      this.byBinding.delete(oldest);
      await this.release(least);
    }
    return found;
  }

  private async stateNow(): Promise<NamedHostTensors> {
    return this.state === undefined ? {} : this.state.read();
  }

  private async release(of: Prepared | undefined): Promise<void> {
    const executable = of?.executable;
    if (executable === undefined) return;
    await this.state?.leave(executable);
    of!.executable = undefined;
    await executable.dispose();
  }
}

/** Refuses a graph whose results need too many bytes. @throws expression-limit */
export function requireMemory(graph: Graph, binding: Binding, { memoryBytes }: Pick<ExpressionLimits, 'memoryBytes'>): void {
  const bytes = resultBytes(graph, Object.values(binding)[0] ?? 1);
  if (bytes <= memoryBytes) return;
  throw expressionLimit([problemAt('limit', { line: 1, column: 1, text: '' }, `the results of one call need ${bytes} bytes`, `at most ${memoryBytes}`)]);
}

function prepared(traced: TracedEntry): Prepared {
  const { graph: optimised, report } = optimise(traced.graph);
  return { ...traced, optimised, report, executable: undefined };
}
