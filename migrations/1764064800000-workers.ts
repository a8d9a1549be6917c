import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Workers at work: a row from the start of each until it stops in order, or has long been silent. */
const WORKERS = [
  `CREATE TABLE "workers" (
      "id" uuid NOT NULL,
      "host" text NOT NULL,
      "pid" integer NOT NULL,
      "role" text NOT NULL,
      "engine" text NOT NULL,
      "device" text NOT NULL,
      "threads" integer NOT NULL,
      "slots" integer NOT NULL,
      "versions" jsonb NOT NULL,
      "jobs" jsonb NOT NULL DEFAULT '[]',
      "startedAt" timestamptz(3) NOT NULL DEFAULT now(),
      "heartbeatAt" timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
    )`,
] as const;

export class Workers1764064800000 implements MigrationInterface {
  readonly name = 'Workers1764064800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of WORKERS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "workers"');
  }
}
