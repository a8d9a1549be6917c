import { randomUUID } from 'node:crypto';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import { expressionStateContended } from '../../errors/expressions.errors.js';
import { RampartError } from '../../errors/index.js';
import { OBJECT_NOT_FOUND } from '../../errors/storage.errors.js';
import type { ExpressionEntity } from '../../persistence/entities/expression.entity.js';
import type { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { CallOrder } from './call-order.js';
import type { ExpressionPool } from './expression-pool.js';
import type { ExpressionStates } from './expression-states.js';
import type { Description, Evaluated, ExpressionAt, Lengths, ObjectiveCall, RequestOf, ResultOf, WorkKind } from './protocol.js';
import { StateNeeded } from './state-needed.js';

/** Requests that concern a stored expression at one of its states. */
export type StatefulKind = Exclude<WorkKind, 'describe' | 'objective'>;
export type StatefulRequest<K extends StatefulKind> = Omit<RequestOf<K>, 'expression'>;

export interface VersionedEvaluation extends Evaluated {
  readonly stateVersion: number;
}

/** A call loses only to a call of another process that succeeded; with a handful of processes this many losses in a row do not happen. */
const MOST_TRIES = 64;

const hasState = ({ shared, streams }: ExpressionEntity['signature']): boolean => streams.length > 0 || shared.some(({ updated }) => updated);

const isGone = (error: unknown): boolean => error instanceof RampartError && error.code === OBJECT_NOT_FOUND.code;

/**
 * Stored expressions with their state. A call that changes state computes from version v, stores the new state as an object of
 * its own and then makes it version v + 1; where another process was faster the call is computed again from the newer version, so
 * that no call is lost and none counts twice. Calls of one process that change the same expression queue up; others do not.
 */
export class ExpressionRuntime {
  private readonly order: CallOrder;

  constructor(
    private readonly pool: Pick<ExpressionPool, 'run' | 'close'>,
    private readonly states: ExpressionStates,
    private readonly expressions: ExpressionRepository,
    waiting: number,
  ) {
    this.order = new CallOrder(waiting);
  }

  /** Compiles a source. @throws the errors of the language, expression-state-too-large, expression-timeout */
  describe(source: string, lengths: Lengths): Promise<Description> {
    return this.pool.run('describe', { source, lengths });
  }

  /** d objective / d logits of an attack. @throws the errors of `ObjectiveGradient`, expression-timeout */
  objectiveGradient(call: ObjectiveCall): Promise<Float32Array> {
    return this.pool.run('objective', call);
  }

  /** A request that changes no state. @throws expression-not-found, expression-timeout, and what the request throws */
  async read<K extends Exclude<StatefulKind, 'evaluate'>>(kind: K, reference: string, request: StatefulRequest<K>): Promise<ResultOf<K>> {
    return this.retried(reference, (entity) => this.run(kind, entity, request));
  }

  /** @throws expression-not-found, expression-state-contended, expression-timeout, and what `CompiledExpression.evaluate` throws */
  async evaluate(reference: string, inputs: NamedHostTensors, guard: boolean): Promise<VersionedEvaluation> {
    const { id, signature } = await this.expressions.get(reference);
    const call = (): Promise<VersionedEvaluation> => this.retried(id, (entity) => this.evaluateAt(entity, inputs, guard));
    return hasState(signature) ? this.order.add(id, call) : call();
  }

  /** A new expression of the same source, which begins with the present state, of which some may be swapped. @throws expression-not-found, name-taken */
  async copy(reference: string, name: string, swap: NamedHostTensors): Promise<ExpressionEntity> {
    const [entity, state] = await this.retried(reference, async (found) => [found, await this.run('state', found, { swap })] as const);
    const { source, signature } = entity;
    const id = randomUUID();
    const stateKey = this.states.newKey(id);
    await this.states.save(stateKey, state);
    try {
      return await this.expressions.create({ id, name, source, signature, stateKey, stateVersion: 1 });
    } catch (error) {
      await this.states.deleteAll(id);
      throw error;
    }
  }

  /** Removes an expression and its states. @throws expression-not-found */
  async delete(reference: string): Promise<void> {
    const { id } = await this.expressions.delete(reference);
    await this.states.deleteAll(id);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** Nothing where another process was faster. */
  private async evaluateAt(entity: ExpressionEntity, inputs: NamedHostTensors, guard: boolean): Promise<VersionedEvaluation | undefined> {
    const { id, stateVersion, stateKey } = entity;
    const nextKey = this.states.newKey(id);
    const evaluated = await this.run('evaluate', entity, { inputs, guard, nextKey });
    if (evaluated.state === undefined) return { ...evaluated, stateVersion };
    await this.states.save(nextKey, evaluated.state);
    const won = await this.expressions.advance(id, stateVersion, nextKey);
    const obsolete = won ? stateKey : nextKey;
    if (obsolete !== null) await this.states.delete(obsolete);
    return won ? { ...evaluated, stateVersion: stateVersion + 1 } : undefined;
  }

  /** Tries again with the row as it is then, while another process changes the state in between. */
  private async retried<T>(reference: string, work: (entity: ExpressionEntity) => Promise<T | undefined>): Promise<T> {
    let entity = await this.expressions.get(reference);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (tries > 0) entity = await this.expressions.get(entity.id);
      try {
        const result = await work(entity);
        if (result !== undefined) return result;
      } catch (error) {
        if (!isGone(error)) throw error; // the state was replaced after its row was read
      }
    }
    throw expressionStateContended(entity.name, MOST_TRIES);
  }

  private async run<K extends StatefulKind>(kind: K, { id, source, stateKey }: ExpressionEntity, request: StatefulRequest<K>): Promise<ResultOf<K>> {
    const ask = (expression: ExpressionAt): Promise<ResultOf<K>> => this.pool.run(kind, { ...request, expression } as RequestOf<K>, id);
    try {
      return await ask({ id, source, stateKey });
    } catch (error) {
      if (!(error instanceof StateNeeded) || stateKey === null) throw error;
      return ask({ id, source, stateKey, state: await this.states.load(stateKey) });
    }
  }
}
