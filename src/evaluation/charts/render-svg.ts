import type { TopLevelSpec } from 'vega-lite';

/**
 * Draws a Vega-Lite specification as a standalone SVG document. The libraries load on first use: they are large, and
 * most processes draw nothing.
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
