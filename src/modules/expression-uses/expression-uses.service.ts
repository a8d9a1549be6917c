import { Injectable } from '@nestjs/common';
import { expressionSourceDiffers } from '../../errors/expressions.errors.js';
import { RampartError } from '../../errors/index.js';
import { EXPRESSION_NOT_FOUND } from '../../errors/persistence.errors.js';
import type { ExpressionUse } from '../../expressions/expression.options.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';

/** Copies stored expressions into requests that use them. */
@Injectable()
export class ExpressionUses {
  constructor(private readonly expressions: ExpressionRepository) {}

  /**
   * The use with a copy of the source. A source that comes along, as in a request sent again, is kept; it must be that of
   * the expression while there still is one.
   * @param pointer JSON pointer of the use in the request
   * @throws expression-not-found, expression-source-differs
   */
  async resolve(use: ExpressionUse, pointer: string): Promise<ExpressionUse> {
    if (use.expression === undefined) return use;
    const stored = await this.find(use.expression, use.source !== undefined);
    if (stored === undefined) return use;
    if (use.source !== undefined && use.source !== stored.source) throw expressionSourceDiffers(use.expression, pointer);
    return { expression: stored.id, name: stored.name, source: stored.source };
  }

  private async find(reference: string, mayBeGone: boolean): Promise<{ id: string; name: string; source: string } | undefined> {
    try {
      return await this.expressions.get(reference);
    } catch (error) {
      if (mayBeGone && error instanceof RampartError && error.code === EXPRESSION_NOT_FOUND.code) return undefined;
      throw error;
    }
  }
}
