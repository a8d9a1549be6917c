import type { Settings } from '../../config/settings.js';
import type { ExpressionLimits } from '../../expressions/index.js';

/** Operations recorded with derivatives, for each operation written. */
const RECORDED_FOR_EACH = 10;

/** What one expression may cost, as the settings say. */
export function expressionLimits(settings: Settings): Partial<ExpressionLimits> {
  return {
    sourceBytes: settings.expressionSourceBytes,
    nodes: settings.expressionNodes,
    operations: settings.expressionNodes * RECORDED_FOR_EACH,
    elements: settings.expressionElements,
    memoryBytes: settings.expressionMemoryBytes,
  };
}
