import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordingObserver } from '../../testing/recording-observer.js';
import { nearestMeanModel, shapesDataset } from '../../testing/shapes.js';
import { evaluateGenerators } from '../evaluate-generators.js';
import { generatorEvaluationOptions } from '../generator-evaluation.options.js';
import type { GeneratorReport } from '../generator-report.schema.js';
import { shapeGenerator, splitShapes } from '../testing/shape-generators.js';
import { computedFigures, figuresOf } from './figures.js';
import { renderGeneratorHtml } from './render-html.js';
import { renderGeneratorMarkdown } from './render-markdown.js';

const NASTY = '<script>alert("x")</script> | *a*';
let folder: string;
let report: GeneratorReport;
let page: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rampart-render-'));
  const pool = shapesDataset(60, 23);
  report = await evaluateGenerators({
    models: [
      { id: 'a', model: shapeGenerator({ name: NASTY, pool }) },
      { id: 'b', model: shapeGenerator({ name: 'second', pool, method: 'gan', classes: 1 }) },
    ],
    classifier: { id: 'judge', model: nearestMeanModel('judge', 50, 2), rebuilt: undefined },
    dataset: splitShapes(60, 60),
    options: generatorEvaluationOptions.parse({ name: NASTY, models: ['a', 'b'], dataset: 'shapes', samples: 40, similarityPairs: 4, draws: 2, likelihoodExamples: 1, gallerySize: 3 }),
    folder, software: { rampart: '0.1.0' },
  }, recordingObserver(), new AbortController().signal);
  page = await renderGeneratorHtml(report, (file) => readFile(path.join(folder, file)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the page', () => {
  it('stands alone: no script, no outside address, every picture inside', () => {
    expect(page).not.toMatch(/<script|https?:\/\/|<link|url\(/);
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(1 + 3 + 2);
    expect(page).toContain('Content-Security-Policy');
    expect(page).toContain('&lt;script&gt;alert');
  });

  it('holds every figure with its definition, every note and every limit', () => {
    for (const { label, text } of computedFigures(report)) {
      expect(page).toContain(label);
      for (const result of report.results) expect(page).toContain(text(result) ?? '–');
    }
    for (const { code, see } of report.notes) {
      expect(page).toContain(code);
      expect(page).toContain(see);
    }
    expect(page.match(/<section/g)!.length).toBeGreaterThanOrEqual(8);
  });

  it('does without a gallery', async () => {
    const without = await renderGeneratorHtml({ ...report, gallery: null }, () => Promise.reject(new Error('nothing to read')));
    expect(without).not.toContain('<img');
  });
});

describe('figures', () => {
  it('have keys that lead to their values in report.json', () => {
    const at = (value: unknown, key: string): unknown => key.split('.').reduce<unknown>((inner, part) => (inner as Record<string, unknown> | null)?.[part] ?? null, value);
    const figures = figuresOf(report);
    expect(new Set(figures.map(({ key }) => key)).size).toBe(figures.length);
    for (const { key, value } of figures) for (const result of report.results) expect(at(result, key), key).toBe(value(result));
  });
});

describe('the Markdown form', () => {
  it('has one table of equal rows, and no live markup', () => {
    const text = renderGeneratorMarkdown(report);
    const table = text.split('\n').filter((line) => line.startsWith('| '));
    expect(new Set(table.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
    expect(table).toHaveLength(2 + computedFigures(report).length);
    expect(text).not.toMatch(/(?<!\\)<script/);
    expect(text).toContain('**CLASSIFIER_FEATURES** (info)');
  });
});
