import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stored expressions, listed newest first. */
const EXPRESSIONS = [
  `CREATE TABLE "expressions" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "name" text NOT NULL,
      "source" text NOT NULL,
      "signature" jsonb NOT NULL,
      "stateVersion" bigint NOT NULL DEFAULT 0,
      "stateKey" text,
      "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
      CONSTRAINT "expressions_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "expressions_name_key" UNIQUE ("name")
    )`,
  `CREATE INDEX "expressions_newest" ON "expressions" ("createdAt" DESC, "id" DESC)`,
] as const;

export class Expressions1764080000000 implements MigrationInterface {
  readonly name = 'Expressions1764080000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of EXPRESSIONS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "expressions"');
  }
}
