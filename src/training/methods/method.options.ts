import { z } from 'zod';

const alpha = (value: number) => z.number().min(0).max(100).default(value)
  .describe('Mixing coefficient lambda ~ Beta(alpha, alpha), one for each batch; 1 is uniform, 0 switches mixing off (lambda = 1).');

export const methodOptionsSchema = z
  .discriminatedUnion('name', [
    z.object({
      name: z.literal('erm'),
      labelSmoothing: z.number().min(0).max(0.9).default(0)
        .describe('Target = (1 - s) one-hot + s / classes.'),
    }).meta({ id: 'ErmMethod', title: 'Empirical risk minimisation (plain training)' }),
    z.object({ name: z.literal('input-mixup'), alpha: alpha(1) })
      .meta({ id: 'InputMixupMethod', title: 'Input mixup (Zhang et al. 2018)' }),
    z.object({
      name: z.literal('manifold-mixup'),
      alpha: alpha(2),
      mixPoints: z.array(z.int().min(0).max(100)).min(1).max(20).default([0, 1, 2])
        .refine((points) => new Set(points).size === points.length, 'must differ')
        .describe('Hidden states that may be mixed, one drawn for each batch; 0 is the input, k the output of segment k.'),
      blockGradient: z.boolean().default(false)
        .describe('Ablation: no gradient below the mix point. Expected to be worse.'),
    }).meta({ id: 'ManifoldMixupMethod', title: 'Manifold mixup (Verma et al. 2019)' }),
  ])
  .describe('Training method and its options.');

export type MethodOptions = z.infer<typeof methodOptionsSchema>;
export type MethodName = MethodOptions['name'];
export type OptionsOf<N extends MethodName> = Extract<MethodOptions, { name: N }>;
