/** The normalizing flow: how its networks are built. */
import { z } from 'zod';
import { couplingNames } from '../flows/architecture.ts';
import { maskSchemes } from '../flows/masks.ts';
import { whole } from './values.ts';

export const flowSchema = z.strictObject({
  layers: whole(1).lte(64).describe('coupling layers'),
  hidden: whole(1).lte(8192).describe('width of the two hidden layers of a conditioner'),
  bins: whole(2).lte(200).describe('bins per spline'),
  activation: z.enum(['relu', 'silu']).describe('activation of the conditioners'),
  masks: z.enum(maskSchemes).default('alternating').describe(
    'which coordinates a layer transforms: auto (the blocks of the target, or small groups given the rest), '
      + 'single, random or alternating halves'
  ),
  coupling: z.enum(couplingNames).default('spline').describe(
    'what a layer does to a coordinate: a spline of its box, or a spline and then an affine map given the others'
  ),
});

export type FlowSettings = z.infer<typeof flowSchema>;
