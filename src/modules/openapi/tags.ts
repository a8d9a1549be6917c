/** The sections of the API, in the order of the main job. */
export const TAGS = [
  { name: 'datasets', description: 'Labelled examples: upload files or have a built-in set made' },
  { name: 'training-jobs', description: 'Train a network on a data set; follow it live' },
  { name: 'models', description: 'What training leaves behind: predict, download, delete' },
  { name: 'attacks', description: 'Adversarial examples for one batch, answered at once' },
  { name: 'generation', description: 'Pictures of generators: sample, complete, encode, interpolate' },
  { name: 'evaluations', description: 'Accuracy, calibration and robustness of models on a data set, as a report' },
  { name: 'expressions', description: 'Typed tensor expressions as text: compile, evaluate with state, derive, profile' },
  { name: 'workers', description: 'Processes that run the jobs: engine, device, versions, jobs in hand' },
  { name: 'schemas', description: 'JSON schemas of published documents' },
  { name: 'health', description: 'Liveness, readiness and metrics for operators' },
] as const;

export type Tag = (typeof TAGS)[number]['name'];
