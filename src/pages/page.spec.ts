import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { html, inlineSvg } from './html.js';
import { bytes } from './numbers.js';
import { page, pagePolicy } from './page.js';

describe('html', () => {
  it('escapes values, keeps markup, joins lists and drops nothing-values', () => {
    expect(html`<a title="${`"'`}">${['<', html`<b>${'&'}</b>`, null, undefined, 0]}</a>`.text).toBe('<a title="&quot;&#39;">&lt;<b>&amp;</b>0</a>');
  });

  it('puts SVG documents inside a page', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="1"><g/></svg>';
    expect(inlineSvg(svg, 'a "b"').text).toBe('<svg role="img" aria-label="a &quot;b&quot;" width="1"><g/></svg>');
  });
});

describe('numbers', () => {
  it('write byte counts in units of 1000', () => {
    expect([bytes(12), bytes(3100), bytes(7_440_000)]).toEqual(['12 B', '3.1 kB', '7.4 MB']);
  });
});

describe('page', () => {
  const script = 'document.title += " & more";';

  it('escapes the title and carries its policy', () => {
    const text = page({ title: '</title><b>', style: 'p { color: red; }', body: html`<p>${'<'}</p>` });
    expect(text).toContain('<title>&lt;/title&gt;&lt;b&gt;</title>');
    expect(text).toContain('content="default-src &#39;none&#39;; img-src data:; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"');
    expect(text).toContain('<p>&lt;</p>');
    expect(text).not.toContain('<script');
  });

  it('allows the script that it carries, and no other', () => {
    const digest = createHash('sha256').update(script).digest('base64');
    expect(pagePolicy(script)).toContain(`; script-src 'sha256-${digest}'`);
    expect(page({ title: '', style: '', body: html``, script })).toContain(`<script>${script}</script>`);
  });
});
