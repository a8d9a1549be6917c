/**
 * Card "discriminative regularisation", claims R1 (label agreement), R2 (sharpness), R3 (inception score), R4 (pixel likelihood
 * and error) and R7 (features of an untrained classifier) on Fashion-MNIST: 10,000 training images, 3 seeds, equal steps,
 * data order and networks in all arms. A second classifier of another architecture judges.
 * Run: npm run bench -- claims/dr-vae [seeds]   (data: RAMPART_DATA_SETS, by default ../shared/data)
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOfClaims, GeneratorLab } from './generator-lab.js';
import { armTable, judge, runExperiment, verdictTable, type Claim } from './harness.js';

const TRAINING_IMAGES = 10_000;
const SEEDS = [1, 2, 3].slice(0, Number(process.argv[2] ?? 3));
const EPOCHS = 8;

/** The classifier whose features regularise, and the one that judges: another architecture and seed. */
const CLASSIFIERS = {
  teacher: { network: { architecture: 'convnet', channels: [16, 32], strides: [2, 2], dense: [64] }, optimiser: { name: 'adam', learningRate: 1e-3 }, epochs: 8, seed: 11 },
  untrained: { network: { architecture: 'convnet', channels: [16, 32], strides: [2, 2], dense: [64] }, optimiser: { name: 'sgd', learningRate: 1e-9 }, steps: 1, seed: 11 },
  judge: { network: { architecture: 'convnet', channels: [24, 48], kernelSize: 5, strides: [2, 2], dense: [96], activation: 'leakyRelu' }, optimiser: { name: 'adam', learningRate: 1e-3 }, epochs: 8, seed: 12 },
} as const;

/** Method of each arm, and the classifier it learns from. */
const ARMS = {
  'vae': { method: { name: 'vae', pixels: 'gaussian' }, teacher: undefined },
  'dr-vae': { method: { name: 'dr-vae', pixels: 'gaussian', classifier: 'teacher', layers: [1, 2, 3] }, teacher: 'teacher' },
  'dr-vae, untrained features': { method: { name: 'dr-vae', pixels: 'gaussian', classifier: 'untrained', layers: [1, 2, 3] }, teacher: 'untrained' },
} as const;
type Arm = keyof typeof ARMS;

const training = { network: { latent: 8 }, optimiser: { name: 'adam', learningRate: 1e-3 }, epochs: EPOCHS, batchSize: 128 } as const;
const EVALUATION = { samples: 2000, limit: 2000, likelihoodExamples: 100, draws: 50, similarityPairs: 300, gallerySize: 32, seed: 5 } as const;

const CLAIMS: readonly Claim[] = [
  { id: 'R1', text: 'label agreement of reconstructions: dr-vae > vae', metric: 'labelAgreement', direction: 'higher', better: 'dr-vae', worse: 'vae' },
  { id: 'R2', text: 'sharpness of reconstructions over that of data: dr-vae nearer to 1 than vae', metric: 'blur', direction: 'lower', better: 'dr-vae', worse: 'vae' },
  { id: 'R3', text: 'inception score of samples: dr-vae > vae', metric: 'inceptionScore', direction: 'higher', better: 'dr-vae', worse: 'vae' },
  { id: 'R4a', text: 'pixel likelihood (importance-weighted bound): dr-vae not better than vae', metric: 'iwae', direction: 'lower', better: 'dr-vae', worse: 'vae' },
  { id: 'R4b', text: 'squared error of pixels: dr-vae above vae', metric: 'squaredError', direction: 'higher', better: 'dr-vae', worse: 'vae' },
  { id: 'R7', text: 'label agreement: trained features > untrained features', metric: 'labelAgreement', direction: 'higher', better: 'dr-vae', worse: 'dr-vae, untrained features' },
];

const folder = await mkdtemp(join(tmpdir(), 'rampart-claims-'));
try {
  const lab = await GeneratorLab.open('fashion-mnist', TRAINING_IMAGES, folder);
  const classifiers = {
    teacher: await lab.train('teacher', CLASSIFIERS.teacher),
    untrained: await lab.train('untrained', CLASSIFIERS.untrained),
    judge: await lab.train('judge', CLASSIFIERS.judge),
  };
  const arms = Object.keys(ARMS) as Arm[];
  const results = await runExperiment({
    file: 'bench/claims/results/dr-vae.json',
    settings: { digest: lab.digest, arms: ARMS, classifiers: CLASSIFIERS, training, evaluation: EVALUATION },
    arms, seeds: SEEDS,
    async run(arm, seed) {
      const { method, teacher } = ARMS[arm as Arm];
      const model = await lab.train(`${arm}-${seed}`, { ...training, method, seed }, teacher && classifiers[teacher]);
      const figures = figuresOfClaims(await lab.judge(model, classifiers.judge, EVALUATION));
      if (seed === SEEDS[0]) await lab.keepGallery(model, 'docs/images/generators', arm.replace(/\W+/g, '-'));
      return figures;
    },
  });
  const metrics = ['labelAgreement', 'blur', 'inceptionScore', 'frechetDistance', 'coverage', 'iwae', 'squaredError', 'probe'];
  const text = [
    '<!-- written by: npm run bench -- claims/dr-vae -->',
    `Fashion-MNIST, ${TRAINING_IMAGES} training images, ${EVALUATION.limit} test images, ${SEEDS.length} seeds, ${EPOCHS} epochs, 8 latent numbers, Gaussian pixels, Adam 1e-3, batch 128; mean ± standard deviation over seeds. Judge: another classifier.`,
    '', armTable(arms, metrics, results), '', verdictTable(CLAIMS.map((claim) => judge(claim, results))), '',
  ].join('\n');
  await writeFile('bench/claims/results/dr-vae.md', text);
  console.log(text);
} finally {
  await rm(folder, { recursive: true, force: true });
}
