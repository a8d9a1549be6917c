import type { JobHandlers } from '../job-handler.js';
import { evaluationHandler } from './evaluation.handler.js';
import { generatorEvaluationHandler } from './generator-evaluation.handler.js';
import { trainingHandler } from './training.handler.js';

export const JOB_HANDLERS: JobHandlers = { training: trainingHandler, evaluation: evaluationHandler, 'generator-evaluation': generatorEvaluationHandler };
