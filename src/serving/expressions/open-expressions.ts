import { fileURLToPath } from 'node:url';
import type { Settings } from '../../config/settings.js';
import type { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { expressionLimits } from './expression-limits.js';
import { ExpressionPool } from './expression-pool.js';
import { ExpressionRuntime } from './expression-runtime.js';
import { ExpressionStates } from './expression-states.js';

const expressionEntry = (): string => fileURLToPath(new URL('./entry.js', import.meta.url));

/** Expressions as the settings ask for them; no process is started yet. */
export function openExpressions(settings: Settings, objects: ObjectStore, expressions: ExpressionRepository, entry = expressionEntry()): ExpressionRuntime {
  const pool = new ExpressionPool({
    entry,
    heapMegabytes: settings.computeHeapMegabytes,
    seconds: settings.expressionSeconds,
    processes: settings.expressionProcesses,
    waiting: settings.expressionWaiting,
    idleSeconds: settings.expressionIdleSeconds,
    settings: {
      limits: expressionLimits(settings),
      stateBytes: settings.expressionStateBytes,
      threads: settings.servingThreads,
      cacheSize: settings.expressionCache,
    },
  });
  return new ExpressionRuntime(pool, new ExpressionStates(objects), expressions, settings.expressionWaiting);
}
