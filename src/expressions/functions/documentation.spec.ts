import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../limits.js';
import { diagnose } from '../parse-expression.js';
import { functionTable, withFunctionTable } from './documentation.js';
import { languageFunctions } from './index.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/expressions.md'), 'utf8');

describe('docs/expressions.md', () => {
  it('has the functions of the language (npm run docs:expressions)', () => {
    expect(withFunctionTable(page)).toBe(page);
    expect(functionTable().match(/^\| `/gm)).toHaveLength(languageFunctions.size);
  });

  it('shows programs that have no problem', () => {
    const programs = Array.from(page.matchAll(/```expression\n(.*?)```/gs), ([, program]) => program!);
    expect(programs.length).toBeGreaterThan(2);
    for (const program of programs) expect(diagnose(program).problems).toEqual([]);
  });

  it('has the default of every limit', () => {
    for (const [name, value] of Object.entries(defaultLimits)) expect(page).toContain(`| \`${name}\` | ${value} |`);
  });
});
