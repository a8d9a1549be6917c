import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pipelines } from '../passes/pipeline.js';
import { passTable } from './pass-table.js';

const page = passTable();

describe('docs/compiler-passes.md', () => {
  it('says what the passes and rules do; npm run docs:compiler writes it', () => {
    expect(readFileSync(new URL('../../../docs/compiler-passes.md', import.meta.url), 'utf8')).toBe(page);
  });

  it('has every rule of every level', () => {
    const names = Object.values(pipelines).flat().flatMap((phase) => ('rules' in phase ? phase.rules.map(({ name }) => name) : [phase.rule.name]));
    for (const name of names) expect(page.split('\n').filter((line) => line.startsWith(`| \`${name}\` |`))).toHaveLength(1);
  });
});
