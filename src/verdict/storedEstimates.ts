/** Estimates as JSON, with every bit: what a phase keeps of figures that it would cost too much to find again. */
import { z } from 'zod';
import { extendedValue, storedExtended } from '../records/figure.ts';
import type { WeightedEstimates } from './estimates.ts';

/** NaN is null, infinities are words. */
const number = z.union([z.number(), z.enum(['Infinity', '-Infinity'])]).nullable().transform(extendedValue);
const tail = z.object({ k: number, kError: number, tailSize: z.number(), unseen: number });
const estimate = z.object({ value: number, standardError: number, tail });
const counted = estimate.extend({ nonFinite: z.number() });

export const weightedEstimatesSchema = z.object({
  weights: z.object({ n: z.number(), logZ: counted, ess: z.number(), fraction: z.number(), infinite: z.number() }),
  observables: z.array(counted),
  masses: z.array(estimate),
});

/** Numbers as JSON holds them, all the way down. */
function encoded(value: unknown): unknown {
  if (typeof value === 'number') return storedExtended(value);
  if (Array.isArray(value)) return value.map(encoded);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, encoded(entry)]));
  return value;
}

export const storedEstimates = (estimates: WeightedEstimates): unknown => encoded(estimates);
