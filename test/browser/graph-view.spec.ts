import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineFor } from '../../src/compiler/engines.js';
import type { ProgramProfile } from '../../src/compiler/program.js';
import { compileExpression, parseExpression, type Graphs } from '../../src/expressions/index.js';
import { renderHtml, renderSvg } from '../../src/expressions/view/index.js';

/** Screenshots go here when the variable is set, e.g. for the documentation. */
const pictures = process.env.RAMPART_SCREENSHOTS;

/** One step of gradient descent of a softmax classifier. */
const SOURCE = `# Softmax classifier: one step of gradient descent
input x: float32[n, 784]
input y: int32[n]
shared w: float32[784, 10] = normal(seed: 1) * 0.01
shared b: float32[10] = zeros
let z = x @ w + b
let loss = mean(crossEntropy(z, y)) + 0.01 * sum(w ^ 2)
let [gw, gb] = grad(loss, [w, b])
update w = w - 0.1 * gw
update b = b - 0.1 * gb
output loss
output accuracy = mean(argmax(z) == y)`;

/** A made-up one: every operation takes as long as its place in the list. */
const profileOf = ({ after }: Graphs): ProgramProfile => ({
  calls: 10, milliseconds: 12, kernels: [], added: [],
  rows: after.nodes.filter(({ op }) => op !== 'constant').map(({ id, op, site }, i) => ({
    name: id, op, print: after.printed.split('\n').find((line) => line.startsWith(`${id}:`))!, ...(site !== undefined && { site }), calls: 10, milliseconds: i, bytes: 400 * i, includes: [],
  })),
});

describe('the page of a graph', () => {
  let browser: Browser;
  let page: Page;
  let graphs: Graphs;
  const messages: string[] = [];
  const requests: string[] = [];

  const picture = async (name: string, fullPage = false): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
  };
  const stage = (name: string): Locator => page.locator(`.stage[data-stage=${name}]`);
  const viewBox = async (): Promise<number[]> => (await stage('after').locator('svg').getAttribute('viewBox'))!.split(' ').map(Number);
  const rest = (): Promise<void> => page.mouse.move(2, 2);

  beforeAll(async () => {
    const compiled = await compileExpression(parseExpression(SOURCE), engineFor('onnx'));
    graphs = compiled.graphs();
    await compiled.dispose();
    browser = await chromium.launch({ executablePath: process.env.RAMPART_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    page.on('console', (message) => message.type() === 'error' && messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.setContent(await renderHtml({ title: 'softmax-step', source: SOURCE, graphs, profile: profileOf(graphs) }));
  });
  afterAll(() => browser.close());

  it('shows the graph after the passes, and the one before at a click', async () => {
    expect([await stage('before').isVisible(), await stage('after').isVisible()]).toEqual([false, true]);
    await picture('graph');
    await picture('graph-whole', true);
    await page.getByRole('button', { name: 'Before the passes' }).click();
    expect([await stage('before').isVisible(), await stage('after').isVisible()]).toEqual([true, false]);
    expect(await stage('before').locator('.card').count()).toBeGreaterThan(await stage('after').locator('.card').count());
    await picture('graph-before');
    await page.getByRole('button', { name: 'After' }).click();
  });

  it('says what a node is when it is pointed at, and marks its line and neighbours', async () => {
    await page.getByRole('button', { name: 'Fit' }).click();
    const product = stage('after').locator('.card', { has: page.locator('.title', { hasText: /^matmul$/ }) }).first();
    await product.hover();
    const details = await page.locator('.details').innerText();
    for (const text of ['matmul', 'float32[?, 10]', 'x @ w', '6:11', 'let z = x @ w + b', 'ms for one call']) expect(details).toContain(text);
    expect(await page.locator('.source li.current').innerText()).toContain('let z');
    expect(await stage('after').locator('.card.near').count()).toBeGreaterThanOrEqual(3);
    await picture('graph-hover');
    await rest();
    expect(await page.locator('.details .hint').isVisible()).toBe(true);
    await product.click();
    await rest();
    expect(await page.locator('.details').innerText()).toContain('x @ w');
    await page.keyboard.press('Escape');
    expect(await page.locator('.details .hint').isVisible()).toBe(true);
  });

  it('marks the nodes of a line of the source', async () => {
    await page.locator('.source li[data-line="6"]').hover();
    expect(await stage('after').locator('.card.near .title').allTextContents()).toContain('matmul');
    await rest();
    expect(await page.locator('.card.near').count()).toBe(0);
  });

  it('zooms with buttons, keys and wheel, and moves', async () => {
    await page.getByRole('button', { name: 'Fit' }).click();
    const [, , whole] = await viewBox();
    await page.getByRole('button', { name: 'Larger' }).click();
    expect((await viewBox())[2]).toBeCloseTo(whole! / 1.25, 6);
    await page.keyboard.press('-');
    expect((await viewBox())[2]).toBeCloseTo(whole!, 6);
    const box = (await stage('after').boundingBox())!;
    await page.mouse.move(box.x + 30, box.y + 30);
    await page.mouse.wheel(0, -300);
    await expect.poll(async () => (await viewBox())[2]!).toBeLessThan(0.7 * whole!);
    const [x, y] = await viewBox();
    await page.mouse.down();
    await page.mouse.move(box.x + 80, box.y + 60, { steps: 3 });
    await page.mouse.up();
    const [left, top] = await viewBox();
    expect([left! < x!, top! < y!]).toEqual([true, true]);
    await page.keyboard.press('0');
    expect((await viewBox())[2]).toBeCloseTo(whole!, 6);
  });

  it('changes colours', async () => {
    const fill = (): Promise<string> => stage('after').locator('.costed .box').last().evaluate((box) => (globalThis as unknown as { getComputedStyle(of: unknown): { fill: string } }).getComputedStyle(box).fill);
    const family = await fill();
    await page.getByRole('button', { name: 'Time' }).click();
    expect(await fill()).not.toBe(family);
    expect(await page.locator('[data-legend=time]').isVisible()).toBe(true);
    await picture('graph-time');
    await page.getByRole('button', { name: 'Dtype' }).click();
    expect(await page.locator('[data-legend=dtype]').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Operation' }).click();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await fill()).not.toBe(family);
    await picture('graph-dark');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('loads nothing, keeps its policy, and the SVG document parses as XML', async () => {
    expect(messages).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:') && !url.startsWith('about:'))).toEqual([]);
    const text = await renderSvg(graphs.after);
    const parsed = await page.evaluate((source) => {
      const { DOMParser } = globalThis as unknown as { DOMParser: new () => { parseFromString(text: string, type: string): { documentElement: { nodeName: string }; querySelectorAll(selector: string): { length: number } } } };
      const document = new DOMParser().parseFromString(source, 'image/svg+xml');
      return { root: document.documentElement.nodeName, errors: document.querySelectorAll('parsererror').length, cards: document.querySelectorAll('.card').length };
    }, text);
    expect(parsed).toEqual({ root: 'svg', errors: 0, cards: await stage('after').locator('.card').count() });
  });
});
