/** What a record says of a path integral: one flow, lifted to rings of any number of beads. */
import { z } from 'zod';
import { ladderSchema } from './ladder.ts';
import { parallelTemperingSchema } from './tempering.ts';
import { count, estimateSchema, extendedFigure, figure } from './values.ts';

/**
 * An estimate on a ring of N beads, beside that ring's own exact average (transfer matrix) and the quantum one (N → ∞).
 */
const ringEstimateSchema = estimateSchema.extend({ name: z.string(), exact: figure, quantum: figure });

/** A density on equal bins, normalised: at their centres, with standard errors, and the quantum one there. */
const densitySchema = z.object({
  coordinate: z.string(), points: z.array(z.number()), values: z.array(figure), standardErrors: z.array(figure),
  quantum: z.array(z.number()).nullable()
});

/** Tempering in normal modes on a ring, without a flow. */
export const ringBaselineSchema = z.object({
  kernel: z.string(),
  replicas: count,
  ladders: count,
  samples: count,
  /** Of the recorded rounds, by their share of all rounds, which cost the same; the warm-up took the rest. */
  seconds: z.number(),
  warmupSeconds: z.number(),
  estimates: z.array(estimateSchema.extend({ name: z.string() })),
  /** (standard error² × seconds) of tempering over that of the flow, per estimate: training and warm-up left out. */
  gains: z.array(figure),
  /** Largest |estimate − exact| of tempering, in its standard errors. */
  largestGap: figure,
  logZ: estimateSchema.nullable(),
});
export type RingBaselineSummary = z.infer<typeof ringBaselineSchema>;

/** What became of the flow on a ring of N beads. */
export const ringSchema = z.object({
  beads: z.number().int().positive(),
  /** Modes that the flow moved; the others keep the harmonic reference's law. */
  modes: z.number().int().positive(),
  samples: count,
  /** Of generation and weights; what the estimators took is apart. */
  seconds: z.number(),
  estimatorSeconds: z.number(),
  /** Before any moves, as a fraction. */
  ess: figure,
  paretoK: extendedFigure,
  nonFinite: count,
  /** MALA moves of the weighted rings, which leave their weights right; null without. */
  moves: z.object({ steps: count, stepSize: z.number(), acceptance: figure }).nullable(),
  /** log of the canonical partition function; `harmonic` is that of the reference, known in closed form. */
  logZ: ringEstimateSchema.omit({ name: true }).extend({ harmonic: figure }),
  estimates: z.array(ringEstimateSchema),
  /**
   * L2 norms over the functions of the position: estimate − quantum, estimate − exact at N (and what its standard
   * errors let expect), exact at N − quantum.
   */
  bias: z.object({ total: figure, sampling: figure, expected: figure, trotter: figure }),
  /** Largest |estimate − exact at N|, in standard errors, over estimates and log Z. */
  largestGap: figure,
  positions: z.array(densitySchema),
  baseline: ringBaselineSchema.nullable(),
});
export type RingSummary = z.infer<typeof ringSchema>;

/** What is told of a path integral: one flow of low modes, lifted to rings of any number of beads. */
export const pathIntegralSchema = z.object({
  /** p, coordinates of a bead. */
  dimension: z.number().int().positive(),
  /** P and K: beads of the ring that the flow was trained for, and modes that it moves. */
  beads: z.number().int().positive(),
  modes: z.number().int().positive(),
  masses: z.array(z.number()),
  hbar: z.number(),
  beta: z.number(),
  /** m Ω² of the harmonic reference. */
  curvature: z.array(z.number()),
  /** Of the first so many estimates: functions of the position. */
  functions: count,
  /** Tempering of the classical particle, whose samples the flow was trained on. */
  classical: parallelTemperingSchema,
  /** The ladder that was trained on classical samples (S1), where a second one (S2) followed it. */
  classicalLadder: ladderSchema.nullable(),
  /** Quantum averages from diagonalisation; null beyond two coordinates. */
  truth: z.object({ logZ: figure, levels: z.array(z.number()), error: figure }).nullable(),
  /** Centroid densities: classical, and of the largest ring. */
  centroids: z.array(z.object(
    { coordinate: z.string(), points: z.array(z.number()), classical: z.array(figure), quantum: z.array(figure) }
  )),
  /** Seconds before the first ring could be drawn: classical tempering, tempering of the low modes, training. */
  preparationSeconds: z.number(),
  rings: z.array(ringSchema),
});
export type PathIntegralSummary = z.infer<typeof pathIntegralSchema>;
