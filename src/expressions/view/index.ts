export { GRAPH_POLICY, renderHtml, type GraphPage } from './render-html.js';
export { renderSvg } from './render-svg.js';
