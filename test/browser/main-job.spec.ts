import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from '../support/server.js';

/** Screenshots go here when the variable is set, e.g. for the README. */
const pictures = process.env.RAMPART_SCREENSHOTS;

describe('a person in a browser', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  const picture = async (name: string, fullPage = false): Promise<void> => {
    if (pictures === undefined) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: `${pictures}/${name}.png`, fullPage });
  };

  /** Opens one operation of Swagger UI ("Try it out" is already on) and executes its own example; gives the status shown. */
  const execute = async (path: string): Promise<string> => {
    const operation = page.locator('.opblock-post').filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const status = operation.locator('.live-responses-table tbody .response-col_status').first();
    await status.waitFor();
    await operation.scrollIntoViewIfNeeded();
    return (await status.innerText()).trim();
  };

  beforeAll(async () => {
    server = await Server.start();
    browser = await chromium.launch({ executablePath: process.env.RAMPART_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  });
  afterAll(async () => {
    await browser.close();
    await server.remove();
  });

  it('runs the examples of Swagger UI, which loads nothing from elsewhere', async () => {
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto(`${server.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await picture('swagger');
    expect(await execute('/api/v1/datasets/built-in')).toBe('201');
    expect(await execute('/api/v1/training-jobs')).toBe('202');
    await picture('swagger-training-job');
    expect(await execute('/api/v1/expressions')).toBe('201');
    expect(await execute('/api/v1/expressions/{id}/evaluate')).toBe('200');
    expect(await execute('/api/v1/expressions/{id}/verify-gradient')).toBe('200');
    expect(foreign).toEqual([]);
  });

  it('sees the trained model evaluated in a report', async () => {
    const [job] = (await server.api.get('/api/v1/training-jobs')).body.items as { id: string; name: string }[];
    expect(await server.api.ended(`/api/v1/training-jobs/${job!.id}`, 150_000)).toMatchObject({ state: 'succeeded' });
    const created = await server.api.post('/api/v1/evaluations', { models: [job!.name], dataset: 'glyphs' });
    const path = `/api/v1/evaluations/${String(created.body.id)}`;
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded' });
    const messages: string[] = [];
    page.on('console', (message) => message.type() === 'error' && messages.push(message.text()));
    await page.goto(`${server.url}${path}/report.html`);
    expect(await page.locator('body').innerText()).toMatch(/inconclusive/i);
    expect(await page.locator('svg').count()).toBeGreaterThanOrEqual(2);
    expect(await page.locator('img').count()).toBeGreaterThanOrEqual(3);
    const broken = await page.locator('img').evaluateAll((images) => images.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 0).length);
    expect(broken).toBe(0);
    expect(messages).toEqual([]);
    await picture('report');
    await picture('report-whole', true);
  }, 200_000);
});
