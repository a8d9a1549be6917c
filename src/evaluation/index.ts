export { lineChart, type LineChart, type LinePoint, type LineSeries } from './charts/index.js';
export { checkEvaluation } from './check-evaluation.js';
export { evaluate, type EvaluatedModel, type EvaluationTask } from './evaluate.js';
export * from './evaluation.options.js';
export { reportJsonSchema, reportSchema, type Report } from './report.schema.js';
export { renderHtml } from './report/render-html.js';
export type { ReadFile } from './report/gallery-section.js';
export { renderMarkdown } from './report/render-markdown.js';
