import { Inject, Injectable } from '@nestjs/common';
import { attackStrip, runAttack, type AttackBatch, type AttackOptions, type AttackOutcome, type ObjectiveOpener } from '../../attacks/index.js';
import type { Model } from '../../bundles/model.js';
import type { Settings } from '../../config/settings.js';
import { EXAMPLES_AMBIGUOUS, LABELS_MISMATCH } from '../../errors/inference.errors.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import { ExpressionRuntime } from '../../serving/expressions/expression-runtime.js';
import { StoredExamples } from '../datasets/stored-examples.service.js';
import { ExpressionUses } from '../expression-uses/expression-uses.service.js';
import { SETTINGS } from '../platform/tokens.js';
import { nestExamples, readExamples } from '../serving/examples.js';
import { predictionsOf, servedModelOf } from '../serving/prediction.schema.js';
import { ServingService } from '../serving/serving.service.js';
import type { AttackAnswer, AttackRequestBody } from './attack.schema.js';

const LIMIT_SETTING = 'RAMPART_ATTACK_ROW_LIMIT';

function countWhere(rows: ArrayLike<number>, holds: (row: number) => boolean): number {
  return Array.from(rows, (_, row) => row).filter(holds).length;
}

@Injectable()
export class AttacksService {
  constructor(
    private readonly serving: ServingService,
    private readonly stored: StoredExamples,
    private readonly expressions: ExpressionUses,
    private readonly runtime: ExpressionRuntime,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Objectives are computed where expressions are, so that their time is limited and no other request waits for them. */
  private readonly objectives: ObjectiveOpener = (source, classes, pointer) => ({
    at: (logits, labels) => this.runtime.objectiveGradient({ source, classes, pointer, logits, labels }),
    dispose: () => Promise.resolve(),
  });

  /** Runs one attack on one batch. @throws the errors of `runAttack`, of `ExpressionUses` and of reading the batch */
  attack(reference: string, request: AttackRequestBody): Promise<AttackAnswer> {
    return this.serving.use(reference, async (model, entity) => {
      const { instances, labels, examples, strip, ...given } = request;
      const options = { ...given, ...(given.objective && { objective: await this.expressions.resolve(given.objective, '/objective') }) };
      const batch = await this.batchOf(model, { instances, labels, examples });
      const outcome = await runAttack(model, batch, options, { objectives: this.objectives });
      const answer = answerOf(model, entity, batch, options, outcome);
      if (!strip) return answer;
      const { png, gain } = await attackStrip(model, batch.examples, outcome.adversarial);
      return { ...answer, strip: { png: png.toString('base64'), gain } };
    });
  }

  private batchOf(model: Model, { instances, labels, examples }: Pick<AttackRequestBody, 'instances' | 'labels' | 'examples'>): Promise<AttackBatch> {
    if (examples !== undefined && instances === undefined && labels === undefined) return this.stored.read(model.manifest, examples, this.settings.attackRowLimit, LIMIT_SETTING);
    if (examples !== undefined || instances === undefined || labels === undefined) throw EXAMPLES_AMBIGUOUS();
    const batch = readExamples(instances, model.manifest.input.shape, this.settings.attackRowLimit, LIMIT_SETTING);
    if (labels.length !== instances.length) throw LABELS_MISMATCH(labels.length, instances.length);
    return Promise.resolve({ examples: batch, labels: Int32Array.from(labels) });
  }
}

function answerOf(model: Model, entity: ModelEntity, { labels }: AttackBatch, options: AttackOptions, outcome: AttackOutcome): AttackAnswer {
  const { classes, input } = model.manifest;
  const before = predictionsOf(outcome.clean, classes);
  const after = predictionsOf(outcome.predictions, classes);
  return {
    model: servedModelOf(entity),
    attack: options,
    examples: Array.from(labels, (label, row) => ({
      label,
      before: before[row]!,
      after: after[row]!,
      success: outcome.success[row] === 1,
      distance: outcome.distances[row]!,
      valid: outcome.valid[row] === 1,
    })),
    adversarial: nestExamples(outcome.adversarial, input.shape),
    summary: {
      count: labels.length,
      correctBefore: countWhere(labels, (row) => outcome.clean.labels[row] === labels[row]),
      correctAfter: countWhere(labels, (row) => outcome.predictions.labels[row] === labels[row]),
      successes: countWhere(labels, (row) => outcome.success[row] === 1),
      withoutGradient: outcome.zeroGradientCount,
      gradientQueries: outcome.queries.gradient,
      forwardQueries: outcome.queries.forward,
    },
  };
}
