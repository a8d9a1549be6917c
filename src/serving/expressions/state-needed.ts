/** Thrown when the state that a request names is not in the process and its tensors did not come along. */
export class StateNeeded extends Error {}
