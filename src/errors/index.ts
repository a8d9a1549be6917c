export { RampartError, type ErrorPointer } from './rampart-error.js';
export { defineError, type ErrorDefinition } from './define.js';
