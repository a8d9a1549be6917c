export { Key } from './key.js';
export { bernoulli, beta, categorical, gamma, integer, normal, permutation, uniform } from './distributions.js';
