import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stored data sets, listed newest first. */
const DATASETS = [
  `CREATE TABLE "datasets" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "name" text NOT NULL,
      "source" jsonb NOT NULL,
      "descriptor" jsonb NOT NULL,
      "digest" text NOT NULL,
      "bytes" bigint NOT NULL,
      "prefix" text NOT NULL,
      "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT "datasets_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "datasets_name_key" UNIQUE ("name")
    )`,
  `CREATE INDEX "datasets_newest" ON "datasets" ("createdAt" DESC, "id" DESC)`,
] as const;

/** A finished job outlives its data set, so datasetId has no foreign key; deletion is refused while the job is live. */
const JOBS = [
  `CREATE TABLE "jobs" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "kind" text NOT NULL,
      "name" text NOT NULL,
      "state" text NOT NULL,
      "request" jsonb NOT NULL,
      "datasetId" uuid NOT NULL,
      "progress" jsonb,
      "result" jsonb,
      "error" jsonb,
      "checkpoint" jsonb,
      "attempt" integer NOT NULL DEFAULT 0,
      "cancelRequestedAt" timestamptz,
      "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
      "startedAt" timestamptz,
      "finishedAt" timestamptz,
      CONSTRAINT "jobs_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "jobs_state_known" CHECK ("state" IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'diverged'))
    )`,
  `CREATE INDEX "jobs_newest" ON "jobs" ("createdAt" DESC, "id" DESC)`,
  `CREATE INDEX "jobs_state" ON "jobs" ("state")`,
  `CREATE INDEX "jobs_dataset" ON "jobs" ("datasetId")`,
  `CREATE UNIQUE INDEX "jobs_live_training_name" ON "jobs" ("name") WHERE "kind" = 'training' AND "state" IN ('queued', 'running')`,
] as const;

/** The append-only log, gone with its job. */
const JOB_EVENTS = [
  `CREATE TABLE "job_events" (
      "jobId" uuid NOT NULL,
      "sequence" integer NOT NULL,
      "at" timestamptz NOT NULL,
      "level" text NOT NULL,
      "type" text NOT NULL,
      "step" integer,
      "message" text NOT NULL,
      "data" jsonb NOT NULL DEFAULT '{}',
      CONSTRAINT "job_events_pkey" PRIMARY KEY ("jobId", "sequence"),
      CONSTRAINT "job_events_job" FOREIGN KEY ("jobId") REFERENCES "jobs" ("id") ON DELETE CASCADE
    )`,
  `CREATE INDEX "job_events_metrics" ON "job_events" ("jobId", "sequence") WHERE "type" = 'metrics'`,
] as const;

/** A model outlives the job that it came from. */
const MODELS = [
  `CREATE TABLE "models" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "name" text NOT NULL,
      "jobId" uuid,
      "manifest" jsonb NOT NULL,
      "digest" text NOT NULL,
      "bytes" bigint NOT NULL,
      "prefix" text NOT NULL,
      "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT "models_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "models_name_key" UNIQUE ("name"),
      CONSTRAINT "models_job" FOREIGN KEY ("jobId") REFERENCES "jobs" ("id") ON DELETE SET NULL
    )`,
  `CREATE INDEX "models_newest" ON "models" ("createdAt" DESC, "id" DESC)`,
  `CREATE INDEX "models_job_id" ON "models" ("jobId")`,
] as const;

/** Data sets, jobs with their event log, models. */
export class Initial1763942400000 implements MigrationInterface {
  readonly name = 'Initial1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...DATASETS, ...JOBS, ...JOB_EVENTS, ...MODELS]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['models', 'job_events', 'jobs', 'datasets']) await runner.query(`DROP TABLE "${table}"`);
  }
}
