import { defineConfig } from 'vitest/config';

/** Projects that run the compiled program. */
const compiled = { globalSetup: 'test/support/global-setup.ts', testTimeout: 180_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.spec.ts', 'scripts/**/*.spec.ts', 'bench/**/*.spec.ts'] } },
      { extends: true, test: { name: 'integration', include: ['test/*.spec.ts'], fileParallelism: false, ...compiled } },
      { extends: true, test: { name: 'browser', include: ['test/browser/*.spec.ts'], fileParallelism: false, ...compiled } },
    ],
  },
});
