import { Injectable } from '@nestjs/common';
import { expressionDimension } from '../../errors/expressions.errors.js';
import { renderHtml, renderSvg } from '../../expressions/view/index.js';
import type { ExpressionEntity } from '../../persistence/entities/expression.entity.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import type { Description, Lengths } from '../../serving/expressions/protocol.js';
import type { GraphPageQuery, PictureQuery } from './expression.schema.js';

/** Graphs of stored expressions for people to look at. */
@Injectable()
export class GraphViewsService {
  constructor(
    private readonly expressions: ExpressionRepository,
    private readonly runtime: ExpressionRuntime,
  ) {}

  /** @throws expression-not-found, expression-dimension, graph-too-large */
  async picture(reference: string, { stage, lengths }: PictureQuery): Promise<string> {
    return renderSvg((await this.graphs(await this.expressions.get(reference), lengths))[stage]);
  }

  /** @throws expression-not-found, expression-dimension */
  async page(reference: string, { lengths, calls }: GraphPageQuery): Promise<string> {
    const entity = await this.expressions.get(reference);
    const graphs = await this.graphs(entity, lengths);
    const profile = calls === undefined ? undefined : await this.runtime.read('profile', entity.id, { lengths, calls });
    return renderHtml({ title: entity.name, source: entity.source, graphs, ...(profile && { profile }) });
  }

  private async graphs({ source, signature }: ExpressionEntity, lengths: Lengths): Promise<NonNullable<Description['graphs']>> {
    const { graphs } = await this.runtime.describe(source, lengths);
    if (graphs !== undefined) return graphs;
    const names = signature.dimensions.names;
    throw expressionDimension(`Each binding of the unknown dimensions has its own program; give lengths for ${names.join(', ')}, such as ?lengths=${names.map((name) => `${name}:2`).join(',')}.`);
  }
}
