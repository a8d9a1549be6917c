export { withSite } from './call-site.js';
export { trace } from './trace.js';
