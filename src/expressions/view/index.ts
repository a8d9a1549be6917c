export { GRAPH_HEADER_POLICY, renderHtml, type GraphPage } from './render-html.js';
export { renderSvg } from './render-svg.js';
