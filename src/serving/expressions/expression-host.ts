import type { Engine } from '../../compiler/program.js';
import { expressionStateTooLarge } from '../../errors/expressions.errors.js';
import { RampartError } from '../../errors/index.js';
import { compileExpression, ObjectiveGradient, parseExpression, sampleInputs, type CompiledExpression, type ExpressionModule } from '../../expressions/index.js';
import { signatureOf } from './expression-signature.js';
import type { ExpressionAt, HostSettings, RequestOf, ResultOf, WorkItem, WorkKind } from './protocol.js';
import { StateNeeded } from './state-needed.js';

interface Held {
  readonly compiled: CompiledExpression;
  /** Names the state that it has. */
  stateKey: string | null;
}

const bytesPerElement = { float32: 4, int32: 4, bool: 1 } as const;

/** Bytes of the shared variables, whose lengths are known. */
function stateBytes({ shared }: ExpressionModule): number {
  let bytes = 0;
  for (const { type: { dtype, shape } } of shared.values()) bytes += shape.reduce((size, length) => size * length.evaluate({}), bytesPerElement[dtype] as number);
  return bytes;
}

type Performers = { readonly [K in WorkKind]: (request: RequestOf<K>) => Promise<ResultOf<K>> };

/** What an expression process does: compiles expressions, keeps those used last, runs one request at a time. */
export class ExpressionHost {
  /** Least recently used first. */
  private readonly held = new Map<string, Held>();

  constructor(private readonly settings: HostSettings, private readonly engine: Engine) {}

  /** @throws StateNeeded, and the errors of the language and of `CompiledExpression` */
  async perform({ kind, request }: WorkItem): Promise<ResultOf<WorkKind>> {
    return (this.performers[kind] as (request: RequestOf<WorkKind>) => Promise<ResultOf<WorkKind>>)(request);
  }

  async dispose(): Promise<void> {
    for (const id of [...this.held.keys()]) await this.drop(id);
  }

  private readonly performers: Performers = {
    describe: async ({ source, lengths }) => {
      const compiled = await this.compile(source);
      try {
        const { mode } = compiled.dimensions;
        const known = [...compiled.module.dimensions.keys()].some((name) => name in lengths);
        return { signature: signatureOf(compiled), graphs: mode === 'binding' && !known ? undefined : compiled.graphs(lengths) };
      } finally {
        await compiled.dispose();
      }
    },
    evaluate: ({ expression, inputs, guard, nextKey }) => this.use(expression, async (held) => {
      const { compiled } = held;
      const { outputs, state: updated } = await compiled.evaluate(inputs, { guard });
      if (compiled.module.updates.size + compiled.module.streams.size === 0) return { outputs, updated, state: undefined };
      held.stateKey = nextKey;
      return { outputs, updated, state: await compiled.readState() };
    }),
    gradient: ({ expression, of, wrt, inputs }) => this.use(expression, ({ compiled }) => compiled.gradient(of, wrt, inputs)),
    verify: ({ expression, of, wrt, inputs, options }) => this.use(expression, ({ compiled }) => compiled.verifyGradient(of, wrt, inputs, options)),
    nonFinite: ({ expression, inputs }) => this.use(expression, async ({ compiled }) => (await compiled.firstNonFinite(inputs)) ?? null),
    state: ({ expression, swap }) => this.use(expression, async ({ compiled }) => {
      const copy = await compiled.copy({ swap });
      try {
        return await copy.readState();
      } finally {
        await copy.dispose();
      }
    }),
    profile: ({ expression, lengths, calls }) => this.use(expression, ({ compiled }) => compiled.profile(sampleInputs(compiled.module, lengths), calls)),
    objective: async ({ source, classes, pointer, logits, labels }) => {
      const { limits, threads } = this.settings;
      const objective = new ObjectiveGradient(source, classes, this.engine, { threads, pointer, limits }); // compiled for this batch size
      try {
        return await objective.at(logits, labels);
      } finally {
        await objective.dispose();
      }
    },
    onnx: ({ expression, lengths }) => this.use(expression, ({ compiled }) => Promise.resolve(compiled.onnx(lengths))),
  };

  /** Runs `action` on an expression at the state that is asked for; after an error that says nothing of its state it is given up. */
  private async use<T>(expression: ExpressionAt, action: (held: Held) => Promise<T>): Promise<T> {
    const held = await this.hold(expression);
    try {
      return await action(held);
    } catch (error) {
      if (!(error instanceof RampartError)) await this.drop(expression.id);
      throw error;
    }
  }

  private async hold({ id, source, stateKey, state }: ExpressionAt): Promise<Held> {
    if (stateKey === null && this.held.get(id)?.stateKey !== null) await this.drop(id); // to begin again at the first values
    const found = this.held.get(id);
    if (found?.stateKey !== stateKey && stateKey !== null && state === undefined) throw new StateNeeded();
    const held = found ?? { compiled: await this.compile(source), stateKey: null };
    this.held.delete(id);
    this.held.set(id, held);
    if (this.held.size > this.settings.cacheSize) await this.drop(this.held.keys().next().value!);
    if (held.stateKey !== stateKey) {
      await held.compiled.writeState(state!);
      held.stateKey = stateKey;
    }
    return held;
  }

  private async compile(source: string): Promise<CompiledExpression> {
    const module = parseExpression(source, this.settings.limits);
    const bytes = stateBytes(module);
    if (bytes > this.settings.stateBytes) throw expressionStateTooLarge(bytes, this.settings.stateBytes);
    return compileExpression(module, this.engine, { threads: this.settings.threads });
  }

  private async drop(id: string): Promise<void> {
    const found = this.held.get(id);
    this.held.delete(id);
    await found?.compiled.dispose();
  }
}
