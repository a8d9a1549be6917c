/**
 * Cards "ALI" and "GibbsNet" on MNIST: L2 (prior match), L4 (reconstructions), G1 (stability of 1000 chain steps), G2 (refinement),
 * G4 (linear probe) and variety against a plain GAN and a VAE. 10,000 training images, 3 seeds, equal updates in all arms. An independent
 * classifier judges.
 * Run: npm run bench -- claims/adversarial-inference [seeds]   (data: RAMPART_DATA_SETS, by default ../shared/data)
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOfClaims, GeneratorLab, splitByChain, type Stored } from './generator-lab.js';
import { armTable, judge, runExperiment, verdictTable, type Claim } from './harness.js';

const TRAINING_IMAGES = 10_000;
const SEEDS = [1, 2, 3].slice(0, Number(process.argv[2] ?? 3));
const UPDATES = 2000;
const CHAIN = [1, 20, 1000];

const ARMS = {
  vae: { name: 'vae' },
  gan: { name: 'gan' },
  ali: { name: 'ali' },
  gibbsnet: { name: 'gibbsnet', steps: 3 },
} as const;
type Arm = keyof typeof ARMS;

const JUDGE = { network: { architecture: 'convnet', channels: [24, 48], kernelSize: 5, strides: [2, 2], dense: [96] }, optimiser: { name: 'adam', learningRate: 1e-3 }, epochs: 8, seed: 12 } as const;
const training = { network: { latent: 16 }, optimiser: { name: 'adam', learningRate: 2e-4, beta1: 0.5 }, steps: UPDATES, batchSize: 64 } as const;
const EVALUATION = { samples: 1000, limit: 1000, likelihoodExamples: 0, similarityPairs: 300, gallerySize: 32, seed: 5 } as const;
/** Scores of short and long chains: fewer samples, nothing else. */
const CHAINED = { ...EVALUATION, samples: 200, limit: 200, probeLabels: 20, gallerySize: 0 } as const;

const share = (part: number) => ({ limit: (worse: number): number => part * worse });

const CLAIMS: readonly Claim[] = [
  { id: 'L4', text: 'reconstructions of ALI keep their class: agreement above 0.7', metric: 'labelAgreement', direction: 'higher', better: 'ali', worse: 'ali', limit: () => 0.7 },
  { id: 'L4v', text: 'a VAE keeps more classes than ALI', metric: 'labelAgreement', direction: 'higher', better: 'vae', worse: 'ali' },
  { id: 'L2', text: 'largest mean of a latent coordinate of ALI below 0.2', metric: 'largestMean', direction: 'lower', better: 'ali', worse: 'ali', limit: () => 0.2 },
  { id: 'G1', text: 'GibbsNet after 1000 steps keeps 90 % of its inception score after 20', metric: 'inceptionScore', direction: 'higher', better: 'gibbsnet@1000', worse: 'gibbsnet@20', ...share(0.9) },
  { id: 'G2', text: 'GibbsNet: 20 steps better than 1 in inception score', metric: 'inceptionScore', direction: 'higher', better: 'gibbsnet@20', worse: 'gibbsnet@1' },
  { id: 'G2a', text: 'ALI: 20 steps not better than 1', metric: 'inceptionScore', direction: 'lower', better: 'ali@20', worse: 'ali@1' },
  { id: 'G4', text: 'linear probe with 1000 labels: GibbsNet >= ALI', metric: 'probe', direction: 'higher', better: 'gibbsnet', worse: 'ali' },
  { id: 'G7', text: 'coverage of the test images: ALI >= GAN', metric: 'coverage', direction: 'higher', better: 'ali', worse: 'gan' },
];

const folder = await mkdtemp(join(tmpdir(), 'rampart-claims-'));
try {
  const lab = await GeneratorLab.open('mnist', TRAINING_IMAGES, folder);
  const eyes = await lab.train('judge', JUDGE);
  const chained = async (model: Stored): Promise<Record<string, number>> => {
    const figures: Record<string, number> = {};
    for (const steps of CHAIN) {
      const { inceptionScore, confidence, similarity, coverage } = figuresOfClaims(await lab.judge(model, eyes, { ...CHAINED, steps }));
      Object.assign(figures, Object.fromEntries(Object.entries({ inceptionScore, confidence, similarity, coverage }).map(([name, value]) => [`${name}@${steps}`, value!])));
    }
    return figures;
  };
  const results = await runExperiment({
    file: 'bench/claims/results/adversarial-inference.json',
    settings: { digest: lab.digest, arms: ARMS, judge: JUDGE, training, evaluation: EVALUATION, chained: CHAINED, chain: CHAIN },
    arms: Object.keys(ARMS), seeds: SEEDS,
    async run(arm, seed) {
      const model = await lab.train(`${arm}-${seed}`, { ...training, method: ARMS[arm as Arm], seed });
      const figures = figuresOfClaims(await lab.judge(model, eyes, EVALUATION));
      if (seed === SEEDS[0]) await lab.keepGallery(model, 'docs/images/generators', arm);
      return arm === 'gan' ? figures : { ...figures, ...(await chained(model)) };
    },
  });
  const split = splitByChain(results);
  const chains = [...new Set(split.map(({ arm }) => arm))].filter((arm) => arm.includes('@'));
  const samples = ['inceptionScore', 'frechetDistance', 'precision', 'recall', 'coverage', 'copying'];
  const withEncoder = ['vae', 'ali', 'gibbsnet'];
  const text = [
    '<!-- written by: npm run bench -- claims/adversarial-inference -->',
    `MNIST, ${TRAINING_IMAGES} training images, ${EVALUATION.limit} test images, ${SEEDS.length} seeds, ${UPDATES} updates of batches of 64, 16 latent numbers, Adam 2e-4; mean ± standard deviation over seeds. Samples: default steps (20 for GibbsNet).`,
    '', armTable(Object.keys(ARMS), samples, split),
    '', armTable(withEncoder, ['squaredError', 'labelAgreement', 'probe', 'largestMean', 'leastDeviation', 'largestDeviation'], split),
    '', 'Chains of the given number of decodes, 200 side by side:',
    '', armTable(chains, ['inceptionScore', 'confidence', 'similarity', 'coverage'], split),
    '', verdictTable(CLAIMS.map((claim) => judge(claim, split))), '',
  ].join('\n');
  await writeFile('bench/claims/results/adversarial-inference.md', text);
  console.log(text);
} finally {
  await rm(folder, { recursive: true, force: true });
}
