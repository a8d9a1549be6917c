/** Injection tokens of what is an interface, not a class. */
export const SETTINGS = Symbol('settings');
export const OBJECT_STORE = Symbol('object store');
export const LIFECYCLE = Symbol('lifecycle');
export const DATABASE = Symbol('database');
export const BATCH_TOTALS = Symbol('batch totals');
