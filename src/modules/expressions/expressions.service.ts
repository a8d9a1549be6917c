import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Settings } from '../../config/settings.js';
import type { Page } from '../../persistence/paging.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import { mapPage, toPageRequest, type PageQuery } from '../http/paging.schema.js';
import { SETTINGS } from '../platform/tokens.js';
import type { CopyRequest } from './call.schema.js';
import { readTensors } from './declared-tensors.js';
import { expressionViewOf, type ExpressionDetail, type ExpressionRequest, type ExpressionView, type LengthsQuery, type ProfileQuery } from './expression.schema.js';
import type { graphsView, profileView } from './graph.schema.js';

type Graphs = z.infer<typeof graphsView>;
type Profile = z.infer<typeof profileView>;

/** Stored expressions: what they are, and what can be known of them without a call. */
@Injectable()
export class ExpressionsService {
  constructor(
    private readonly expressions: ExpressionRepository,
    private readonly runtime: ExpressionRuntime,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws name-taken, and the errors of the language */
  async create({ name, source, lengths }: ExpressionRequest): Promise<ExpressionDetail> {
    await this.expressions.refuseTaken(name);
    const { signature, graphs } = await this.runtime.describe(source, lengths);
    const entity = await this.expressions.create({ name, source, signature });
    return { ...expressionViewOf(entity), source, graphs: (graphs as Graphs | undefined) ?? null };
  }

  async list(query: PageQuery): Promise<Page<ExpressionView>> {
    return mapPage(await this.expressions.list(toPageRequest(query, this.settings.pageLimit)), expressionViewOf);
  }

  /** @throws expression-not-found, expression-dimension */
  async get(reference: string, { lengths }: LengthsQuery): Promise<ExpressionDetail> {
    const entity = await this.expressions.get(reference);
    const { graphs } = await this.runtime.describe(entity.source, lengths);
    return { ...expressionViewOf(entity), source: entity.source, graphs: (graphs as Graphs | undefined) ?? null };
  }

  /** @throws expression-not-found */
  delete(reference: string): Promise<void> {
    return this.runtime.delete(reference);
  }

  /** @throws expression-not-found, name-taken, expression-tensor-invalid, tensor-unknown, tensor-mismatch */
  async copy(reference: string, { name, state }: CopyRequest): Promise<ExpressionView> {
    await this.expressions.refuseTaken(name);
    const { signature } = await this.expressions.get(reference);
    return expressionViewOf(await this.runtime.copy(reference, name, readTensors(state, signature, '/state', this.settings.expressionElements)));
  }

  /** @throws expression-not-found, expression-dimension */
  async profile(reference: string, { lengths, calls }: ProfileQuery): Promise<Profile> {
    return (await this.runtime.read('profile', reference, { lengths, calls })) as Profile;
  }

  /** @throws expression-not-found, expression-dimension */
  async onnx(reference: string, { lengths }: LengthsQuery): Promise<{ readonly bytes: Uint8Array; readonly fileName: string }> {
    const { id, name } = await this.expressions.get(reference);
    return { bytes: await this.runtime.read('onnx', id, { lengths }), fileName: `${name}.onnx` };
  }
}
