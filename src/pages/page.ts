import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import { PAGE_STYLE } from './style.js';

export interface Page {
  readonly title: string;
  /** Rules beyond those of all pages. */
  readonly style: string;
  readonly body: Html;
  /** Our own code, never text of a user; without `</script`. */
  readonly script?: string;
}

/** Content-Security-Policy of a page: nothing but its own style, the pictures it carries and, by digest, its own script. */
export function pagePolicy(script?: string): string {
  const scripts = script === undefined ? '' : ` script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`;
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline';${scripts} base-uri 'none'; form-action 'none'`;
}

/** The same as a header, which can also keep other pages from framing it. */
export const pageHeaderPolicy = (script?: string): string => `${pagePolicy(script)}; frame-ancestors 'none'`;

/** One self-contained document. */
export function page({ title, style, body, script }: Page): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(PAGE_STYLE + style)}</style></head>
<body>${body}${script === undefined ? null : new Html(`<script>${script}</script>`)}</body></html>
`.text;
}
