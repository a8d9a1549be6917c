import { describe, expect, it, vi } from 'vitest';
import { calibration } from '../metrics/calibration.js';
import { lineChart, reliabilityChart } from './index.js';

const points = [
  { x: 0, y: 0.9, low: 0.8, high: 1 },
  { x: 1, y: 0.5, low: 0.4, high: 0.6 },
];

describe('line chart', () => {
  it('draws one line for each series, also for equal names, with escaped text', async () => {
    const warn = vi.spyOn(console, 'warn');
    const svg = await lineChart({
      title: 'Loss of <b>',
      xTitle: 'Step',
      yTitle: 'Loss & more',
      series: [
        { name: '<script>', points },
        { name: '<script>', points: [{ x: 0, y: 0.4 }, { x: 1, y: 0.3 }] },
      ],
    });
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).not.toContain('<script>');
    for (const text of ['&lt;script&gt;', '&lt;script&gt; (2)', 'Loss of &lt;b&gt;', 'Loss &amp; more', 'Step']) expect(svg).toContain(text);
    expect(svg.match(/mark-line role-mark/g)!.length).toBe(2);
    expect(svg).toContain('currentColor');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('draws a chart without points', async () => {
    const svg = await lineChart({ xTitle: 'Step', yTitle: 'Loss', series: [{ name: 'loss', points: [] }] });
    expect(svg).toContain('Step');
  });
});

describe('reliability chart', () => {
  it('draws one bar for each bin with examples, twice', async () => {
    const svg = await reliabilityChart(calibration([0.95, 0.97, 0.55, 0.3], [1, 1, 0, 1]));
    expect(svg.match(/aria-roledescription="bar"|<path [^>]*fill="#2f7df6"/g)!.length).toBe(6);
  });
});
