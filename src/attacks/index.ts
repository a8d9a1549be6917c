export { attackStrip, type AttackStrip, type StripOptions } from './attack-strip.js';
export * from './attack.options.js';
export { attackLabel, type ObjectiveOpener, type OpenedObjective } from './objective.js';
export { predict, type Predictions } from './predictions.js';
export { runAttack, type AttackOutcome, type Attacked } from './run-attack.js';
export type { AttackBatch } from './attack.js';
