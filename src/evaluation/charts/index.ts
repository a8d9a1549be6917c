export { accuracyEpsilonChart } from './accuracy-epsilon.js';
export { lineChart, lineChartSpec, type LineChart, type LinePoint, type LineSeries } from './line-chart.js';
export { reliabilityChart } from './reliability.js';
