import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate.js';
import { evaluationOptions } from '../evaluation.options.js';
import type { Report } from '../report.schema.js';
import { nearestMeanModel, shapesDataset } from '../testing/shapes.js';
import { recordingObserver } from '../testing/recording-observer.js';
import { flatten } from './numbers.js';
import { renderHtml } from './render-html.js';

const EVIL = `<script>alert("1")</script><img src=x onerror='x'> & https://evil.example/a.png | **b**`;
let folder: string;
let report: Report;
let page: string;
let markdown: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rampart-report-'));
  const plain = shapesDataset(120);
  const classes = [EVIL, ...plain.descriptor.classes.slice(1)];
  const dataset = { ...plain, descriptor: { ...plain.descriptor, name: EVIL, classes } };
  const base = nearestMeanModel(EVIL, 20, 2);
  const model = { ...base, manifest: { ...base.manifest, classes, network: { name: EVIL, widths: [64, 32], inner: { rate: 0.5 } } } };
  const options = evaluationOptions.parse({ name: EVIL, models: ['a', EVIL], dataset: EVIL, batchSize: 60 });
  const models = [{ id: 'a', model: nearestMeanModel('plain', 20, 2) }, { id: EVIL, model }];
  report = await evaluate({ models, dataset, options, folder, software: { rampart: EVIL } }, recordingObserver(), new AbortController().signal);
  page = await readFile(path.join(folder, 'report.html'), 'utf8');
  markdown = await readFile(path.join(folder, 'report.md'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Attribute values that a browser would fetch or follow. */
function fetched(text: string): string[] {
  const attributes = [...text.matchAll(/<[a-z][^\s>]*((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/gi)].flatMap((tag) => [...tag[1]!.matchAll(/([\w:-]+)="([^"]*)"/g)]);
  return attributes.filter(([, name]) => /^(src|srcset|href|xlink:href|action|data|poster)$/i.test(name!)).map(([, , value]) => value!);
}

describe('the page', () => {
  it('is self-contained: pictures inside, no address outside, no script', () => {
    expect(fetched(page).filter((address) => !address.startsWith('data:image/png;base64,'))).toEqual([]);
    expect(fetched(page)).toHaveLength(8 * (1 + 2 * 2));
    expect(page.replaceAll('https://evil.example/a.png', '')).not.toMatch(/\b(?:https?|ftp|wss?):|url\(|@import|src=["']\/\//i);
    expect(page).toContain(`content="default-src &#39;none&#39;; img-src data:`);
  });

  it('escapes every text that a user chose, in markup, attributes and charts', () => {
    expect(page).not.toMatch(/<script/i);
    expect(page).not.toMatch(/<img src=x/);
    expect(page.match(/&lt;script&gt;alert/g)!.length).toBeGreaterThan(10);
    expect(page).toContain('<title>&lt;script&gt;alert(&quot;1&quot;)');
  });

  it('shows verdict, header, numbers, digests and limits of the report', () => {
    const [model] = report.header.models;
    for (const text of [
      'inconclusive',
      model!.digest,
      report.header.dataset.digest,
      report.header.dataset.indicesSha256,
      report.results[0]!.examples.sha256,
      `${(100 * report.results[0]!.clean.accuracy.value).toFixed(1)} %`,
      'network.widths',
      'network.inner.rate',
      'SINGLE_STEP_ONLY',
      'docs/evaluation.md#single-step-attacks',
      'neither necessary nor sufficient',
      'prefers-color-scheme: dark',
      '@media print',
    ]) {
      expect(page, text).toContain(text);
    }
    expect(page.match(/<svg role="img"/g)).toHaveLength(1 + 2);
  });

  it('does without a gallery', async () => {
    const without = await renderHtml({ ...report, gallery: null }, () => Promise.reject(new Error('nothing to read')));
    expect(without).not.toContain('<img');
  });

  it('lists the largest confusions where the matrix would be too large', async () => {
    const many = Array.from({ length: 40 }, (_, i) => `class-${i}`);
    const confusion = many.map((_, i) => many.map((__, j) => (i === j ? 5 : i === 7 && j === 9 ? 3 : 0)));
    const results = report.results.map((result) => ({ ...result, clean: { ...result.clean, confusion } }));
    const header = { ...report.header, dataset: { ...report.header.dataset, classes: many } };
    const long = await renderHtml({ ...report, header, results, gallery: null }, () => Promise.reject(new Error('nothing to read')));
    expect(long).toContain('<td>class-7</td><td>class-9</td><td class="num">3</td>');
    expect(long).not.toContain('class="matrix"');
  });
});

describe('the Markdown form', () => {
  it('has verdict and table, and no live markup', () => {
    expect(markdown).toContain('**Verdict: inconclusive.**');
    expect(markdown).toMatch(/\| plain \| \d+\.\d % \(/);
    expect(markdown).not.toMatch(/(?<!\\)<script/);
    const table = markdown.split('\n').filter((line) => line.startsWith('| '));
    const cells = table.map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(cells).size).toBe(1);
    expect(table).toHaveLength(4);
  });
});

describe('numbers', () => {
  it('flatten settings to dotted paths', () => {
    expect(flatten({ a: { b: 1, c: [1, 2] }, d: [{ e: true }], f: null })).toEqual([
      ['a.b', '1'],
      ['a.c', '1, 2'],
      ['d.0.e', 'true'],
      ['f', 'null'],
    ]);
  });
});
