export { findClusters, type Cluster } from './clusters.js';
export { assembleKernel, kernelKey, loadKernel, rowWords, type Kernel } from './kernel.js';
export { createMemory, type WasmMemory } from './webassembly.js';
export { loopAxes, type Loop, type Sum } from './loop.js';
export { assembleLoop, loopKey, loopTensors } from './loop-kernel.js';
export { findLoops, sameBytes, type Levels } from './find-loops.js';
export { meansAsSums } from './means-as-sums.js';
export { gainOf, whatPays, type LoopPolicy } from './costs.js';
