import { runComputeProcess } from './compute-loop.js';

// Loaded by kind: a training process needs no charts, an evaluation no optimisers.
runComputeProcess(async (computation, observer, signal) => {
  switch (computation.kind) {
    case 'training':
      return (await import('./training.js')).computeTraining(computation, observer, signal);
    case 'trial':
      return (await import('./trial.js')).computeTrial(computation);
    case 'evaluation':
      return (await import('./evaluation.js')).computeEvaluation(computation, observer, signal);
    case 'generator-evaluation':
      return (await import('./generator-evaluation.js')).computeGeneratorEvaluation(computation, observer, signal);
  }
});
