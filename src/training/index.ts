export { train, type TrainingResult, type TrainingTask } from './train.js';
export { checkTraining, trainingLength } from './check-training.js';
export { latestCheckpoint, readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';
export type { RunResult } from './run-training.js';
export type { TrainingOptions, TrainingRequest } from './training.options.js';
