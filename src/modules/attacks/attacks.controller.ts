import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import * as attackErrors from '../../errors/attacks.errors.js';
import { expressionProcessEnded, expressionQueueFull, expressionTimeout } from '../../errors/expressions.errors.js';
import { SPLIT_NOT_FOUND } from '../../errors/datasets.errors.js';
import { datasetDoesNotFitModel } from '../../errors/evaluation.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON } from '../../errors/http.errors.js';
import { EXAMPLES_AMBIGUOUS, INDEX_OUT_OF_RANGE, LABELS_MISMATCH, TOO_MANY_INSTANCES, WRONG_INPUT_SHAPE } from '../../errors/inference.errors.js';
import { DATASET_NOT_FOUND, MODEL_NOT_FOUND } from '../../errors/persistence.errors.js';
import { EXPRESSION_USE_PROBLEMS } from '../expression-uses/expression-use.problems.js';
import { reference } from '../http/params.schema.js';
import { BAR } from '../models/models.examples.js';
import { ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { attackAnswer, attackRequest, type AttackAnswer, type AttackRequestBody } from './attack.schema.js';
import { AttacksService } from './attacks.service.js';

/** Largest other logit - logit of the label. */
const MARGIN = `input logits: float32[n, k]
input targets: float32[n, k]
output objective = max(where(targets > 0.5, -1e9, logits), axis: 1) - sum(logits * targets, axis: 1)`;

const EXAMPLES = {
  stored: {
    summary: 'FGSM on four test examples of glyphs, with pictures (model glyphs-convnet)',
    value: { name: 'fgsm', norm: 'Linf', epsilon: 0.1, examples: { dataset: 'glyphs', split: 'test', indices: [0, 1, 2, 3] }, strip: true },
  },
  margin: {
    summary: 'FGSM on a margin, an objective of its own (model glyphs-convnet)',
    value: { name: 'fgsm', epsilon: 0.1, objective: { source: MARGIN }, examples: { dataset: 'glyphs', split: 'test', indices: [0, 1, 2, 3] } },
  },
  own: { summary: 'L2 form on one own picture', value: { name: 'fgsm', norm: 'L2', epsilon: 1.5, instances: [BAR], labels: [1] } },
};

@ApiTags('attacks')
@Controller('models')
export class AttacksController {
  constructor(private readonly attacks: AttacksService) {}

  @Post(':id/attack')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Attack a batch',
    description: 'White-box attack within a norm ball and the input bounds, answered at once: adversarial inputs, predictions before and after, sizes of the perturbations.',
  })
  @ApiRequestExamples(EXAMPLES)
  @ApiOkResponse({ standardSchema: attackAnswer })
  @ApiProblems(
    INVALID_REQUEST, MALFORMED_JSON, MODEL_NOT_FOUND, DATASET_NOT_FOUND, WRONG_INPUT_SHAPE, TOO_MANY_INSTANCES, LABELS_MISMATCH, EXAMPLES_AMBIGUOUS,
    INDEX_OUT_OF_RANGE, SPLIT_NOT_FOUND, datasetDoesNotFitModel, ...EXPRESSION_USE_PROBLEMS, expressionTimeout, expressionProcessEnded, expressionQueueFull, ...Object.values(attackErrors),
  )
  attack(@Param('id', { schema: reference }) id: string, @Body({ schema: attackRequest }) body: AttackRequestBody): Promise<AttackAnswer> {
    return this.attacks.attack(id, body);
  }
}
