export { customGradient, type ValueWithGradient } from './custom-gradient.js';
export { ifElse } from './if-else.js';
export { scan, type ScanOptions, type ScanResult, type ScanStep } from './scan.js';
export { stopGradient } from './stop-gradient.js';
export { MOST_STEPS, type Tapped } from './taps.js';
