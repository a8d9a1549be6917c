import type { DataSource } from 'typeorm';
import { EXPRESSION_NOT_FOUND, NAME_TAKEN } from '../../errors/persistence.errors.js';
import { ExpressionEntity } from '../entities/expression.entity.js';
import { pageNewestFirst, type Page, type PageRequest } from '../paging.js';
import { isUuid, violatedUnique } from '../violations.js';

/** `id` may be chosen before, so that the state can be stored under it first. */
export type NewExpression = Pick<ExpressionEntity, 'name' | 'source' | 'signature'> &
  Partial<Pick<ExpressionEntity, 'id' | 'stateVersion' | 'stateKey'>>;

export class ExpressionRepository {
  constructor(private readonly dataSource: DataSource) {}

  private get rows() {
    return this.dataSource.getRepository(ExpressionEntity);
  }

  /** @throws name-taken */
  async create(input: NewExpression): Promise<ExpressionEntity> {
    try {
      const { id } = await this.rows.save(this.rows.create(input));
      return await this.rows.findOneByOrFail({ id });
    } catch (error) {
      if (violatedUnique(error) === 'expressions_name_key') throw NAME_TAKEN('expression', input.name);
      throw error;
    }
  }

  /** Fails early, before a source is compiled; `create` still has the last word. @throws name-taken */
  async refuseTaken(name: string): Promise<void> {
    if (await this.rows.existsBy({ name })) throw NAME_TAKEN('expression', name);
  }

  /** By id or name. @throws expression-not-found */
  async get(reference: string): Promise<ExpressionEntity> {
    const byId = isUuid(reference) ? await this.rows.findOneBy({ id: reference }) : null;
    const expression = byId ?? (await this.rows.findOneBy({ name: reference }));
    if (expression === null) throw EXPRESSION_NOT_FOUND(reference);
    return expression;
  }

  /** @throws invalid-cursor */
  list(page: PageRequest): Promise<Page<ExpressionEntity>> {
    return pageNewestFirst(this.rows.createQueryBuilder('expression'), page);
  }

  /**
   * Makes `stateKey` the state that follows version `from`, whichever process asks first.
   * @returns whether `from` was still the version: false where another call came before, or the expression is gone.
   */
  async advance(id: string, from: number, stateKey: string): Promise<boolean> {
    const { affected } = await this.rows.update({ id, stateVersion: from }, { stateVersion: from + 1, stateKey });
    return affected === 1;
  }

  /** Deletes the row; the objects of its state are the caller's to remove. @throws expression-not-found */
  async delete(reference: string): Promise<ExpressionEntity> {
    const expression = await this.get(reference);
    const { affected } = await this.rows.delete({ id: expression.id });
    if (affected !== 1) throw EXPRESSION_NOT_FOUND(reference);
    return expression;
  }
}
