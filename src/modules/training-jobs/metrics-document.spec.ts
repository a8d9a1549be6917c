import { describe, expect, it } from 'vitest';
import { chooseSeries, metricsCsv } from './metrics-document.js';

const point = (step: number, value: number) => ({ step, value, at: '2026-01-01T00:00:00.000Z' });
const loss = { name: 'train/loss', points: [point(10, 0.5), point(20, 0.25)] };
const accuracy = { name: 'validation, accuracy', points: [point(20, 0.75), point(30, 1)] };

describe('metrics documents', () => {
  it('writes one row for each step and leaves gaps empty', () => {
    expect(metricsCsv([loss, accuracy])).toBe('step,train/loss,"validation, accuracy"\n10,0.5,\n20,0.25,0.75\n30,,1\n');
    expect(metricsCsv([])).toBe('step\n');
  });

  it('draws the chosen series, or the losses, or all', () => {
    expect(chooseSeries([loss, accuracy], undefined)).toEqual([loss]);
    expect(chooseSeries([loss, accuracy], ['validation, accuracy'])).toEqual([accuracy]);
    expect(chooseSeries([accuracy], [])).toEqual([accuracy]);
  });
});
