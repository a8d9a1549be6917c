import { describe, expect, it } from 'vitest';
import { ATTACK_KINDS, type AttackKind } from '../attacks/attack.js';
import type { FlagCode, ReportFlag } from './report.schema.js';
import { judge } from './verdict.js';

const flag = (code: FlagCode, severity: ReportFlag['severity'] = 'warning'): ReportFlag => ({
  code,
  severity,
  check: 'C1',
  model: null,
  message: code,
  see: 'docs/evaluation.md#x',
});
const all: AttackKind[] = ATTACK_KINDS.filter((kind) => kind !== 'single-step');

describe('verdict', () => {
  it.each<[string, AttackKind[], ReportFlag[], string]>([
    ['single-step attacks only', ['single-step'], [], 'inconclusive'],
    ['single-step attacks only, whatever the flags say', ['single-step'], [flag('NOT_MONOTONE')], 'inconclusive'],
    ['all kinds and no objection', all, [], 'supported'],
    ['all kinds and remarks', all, [flag('PRELIMINARY', 'info')], 'supported'],
    ['a rising curve', all, [flag('NOT_MONOTONE')], 'overestimated'],
    ['impossible robustness', all, [flag('IMPOSSIBLE_ROBUSTNESS')], 'overestimated'],
    ['vanished gradients', all, [flag('ZERO_GRADIENT')], 'inconclusive'],
    ['saturated losses', all, [flag('SATURATED_LOSS')], 'inconclusive'],
    ['a pipeline that contradicts itself', all, [flag('PIPELINE_MISMATCH', 'error'), flag('NOT_MONOTONE')], 'inconclusive'],
  ])('%s', (_, kinds, flags, expected) => {
    const { value, reasons } = judge(kinds, flags);
    expect(value).toBe(expected);
    for (const { text, see } of reasons) {
      expect(text.length).toBeGreaterThan(0);
      expect(see).toMatch(/^docs\/evaluation\.md#/);
    }
  });

  it.each(all)('needs an attack of kind %s', (kind) => {
    expect(judge(all.filter((other) => other !== kind), []).value).toBe('inconclusive');
  });
});
