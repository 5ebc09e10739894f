/**
 * The schema of `run.json`: everything a run says about itself. Versioned; read back through zod. One file, since it is
 * one document.
 */
import { z } from 'zod';

/** Raised whenever a field changes meaning; a reader refuses any other version. */
export const RECORD_VERSION = 1;

/** JSON has no NaN or infinity; a figure that is not finite is stored as null and shown as "n/a". */
const figure = z.number().nullable();
const count = z.number().int().nonnegative();

/** A figure whose infinity says something: that is stored as a word. See `storedExtended`. */
const extendedFigure = z.union([z.number(), z.enum(['Infinity', '-Infinity'])]).nullable();

/** How far a figure can be trusted: see verdict/trust.ts. */
export const standingSchema = z.enum(['sound', 'doubtful', 'unknown']);

/**
 * A figure with its standard error. An error that is not known is null, with the reason; that of a doubtful figure is
 * widened to cover what is known. Runs of before there were standings have neither.
 */
export const estimateSchema = z.object({
  value: figure, standardError: figure, standing: standingSchema.optional(), reason: z.string().optional(),
});

/** A figure beside the exact one, where it is known. */
export const comparedSchema = estimateSchema.extend({ name: z.string(), exact: figure });

/** An observable, beside what tempering alone says of it; null in runs of before that was kept. */
export const observableSchema = comparedSchema.extend({ tempering: estimateSchema.nullable().default(null) });

export const parallelTemperingSchema = z.object({
  seconds: z.number(),
  kernel: z.string(),
  ladders: count,
  rounds: count,
  warmupRounds: count,
  samples: count,
  /** Ladder from hot to cold, ending in 1; the arrays below follow it. */
  inverseTemperatures: z.array(z.number()),
  stepSizes: z.array(z.number()),
  acceptanceRates: z.array(figure),
  /** One entry per pair of neighbours: length K − 1. */
  swapRates: z.array(figure),
  roundTrips: count,
  /** Λ: the sum of the pairs' rejection rates (Syed et al. 2022). */
  barrier: figure,
  /** Integrated autocorrelation times at β = 1, in rounds, per named function of the chain. */
  autocorrelationTimes: z.array(z.object({ name: z.string(), rounds: figure })),
  splitRhat: z.array(z.object({ name: z.string(), value: extendedFigure })),
  /** Smallest over the named functions. */
  effectiveSampleSize: figure,
  nonFinite: count,
  logZ: estimateSchema.nullable(),
});

export const trainingPointSchema = z.object({
  step: count,
  loss: figure,
  reverse: figure,
  forward: figure,
  variation: figure,
  learningRate: z.number(),
  gradientNorm: figure,
  /** Held-out ESS of fresh base samples, as a fraction; only at evaluation steps. */
  reverseEss: figure.optional(),
  /** Held-out ESS estimated on PT samples, as a fraction: falls when a mode is missed. */
  forwardEss: figure.optional(),
});

export const trainingSchema = z.object({
  seconds: z.number(),
  steps: count,
  stepsPlanned: count,
  millisecondsPerStep: z.number(),
  parameters: count,
  bestStep: count,
  clippedSteps: count,
  skippedSteps: count,
  stopReason: z.enum(['schedule', 'earlyStop']),
  /** Loss and held-out curves, thinned to at most a few hundred points. */
  curve: z.array(trainingPointSchema),
});

export const modeSchema = z.object({
  name: z.string(),
  /** Importance-weighted mass: the estimate. */
  weighted: estimateSchema,
  /** Mass in the unweighted flow. */
  flow: estimateSchema,
  /** Mass in the PT samples. */
  pt: estimateSchema,
  exact: figure,
});

/** How much of the target a set of points reaches. */
export const coverageSchema = z.object({
  kind: z.enum(['modes', 'neighbours']),
  /**
   * Modes: smallest ratio of a mode's mass to its reference mass. Neighbours: share of PT points with a point of the
   * set near them.
   */
  value: figure,
});

/**
 * How far the weighted samples' density of a one-dimensional function of the point is from the exact or tempering's.
 */
export const projectionSchema = z.object({
  name: z.string(),
  reference: z.enum(['exact', 'tempering']),
  bins: count,
  /** Bins that are judged: where the reference is not tiny. Those of them without a sample. */
  judged: count,
  empty: count,
  /** Largest deviation of the free energy −log p over them, in kT; where, and its standard error. */
  deviation: figure,
  at: figure,
  standardError: figure,
  /** Largest difference of densities, in standard errors (of both, where tempering is the reference). */
  errors: figure,
});

export const generationSchema = z.object({
  seconds: z.number(),
  samples: count,
  /** (Σw)² / (n Σw²), as a fraction of n. */
  ess: figure,
  /** ESS fraction estimated on PT samples. */
  forwardEss: figure,
  paretoK: extendedFigure,
  coverage: coverageSchema,
  modes: z.array(modeSchema),
  logZ: comparedSchema.omit({ name: true }),
  observables: z.array(observableSchema),
  projections: z.array(projectionSchema).default([]),
  /** L2 norm of the errors over the observables with an exact value. */
  bias: figure,
  nonFinite: count,
  outOfBox: figure,
});

export const warningSchema = z.object({
  /** Stable word for programs: `missing-mode`, `heavy-weights`, `poor-ladder`, … */
  code: z.string(),
  severity: z.enum(['note', 'warning']),
  message: z.string(),
  /** What it makes of the run's standing; absent where it leaves that as it is. */
  standing: z.enum(['doubtful', 'unknown']).optional(),
});

/** How the weighted samples were made, and why so. */
export const choiceSchema = z.object({
  generator: z.enum(['flow', 'ladder']),
  by: z.enum(['automatic', 'setting']),
  /** One sentence: the figures that decided. */
  reason: z.string(),
  /** Of the one flow, where one was tried before the ladder; its forward ESS with truncated weights. */
  oneFlow: z.object({ ess: figure, forwardEss: figure, coverage: figure }).nullable(),
});

/** One stage of the sequential generator: from λ of the stage before to its own. */
export const stageSchema = z.object({
  /** 1, 2, …; the number of its folder. */
  stage: z.number().int().positive(),
  /** λ of U_λ = (1 − λ) U0 + λ U1, in (0, 1]; the last one is 1. */
  lambda: z.number(),
  /** What was kept: the trained flow, or no map at all (plain SMC). */
  map: z.enum(['flow', 'identity']),
  /** Conditional ESS of the stage's weights, as a fraction: of the map that was kept, of the flow, of the identity. */
  cess: figure,
  cessFlow: figure,
  cessIdentity: figure,
  /** What the adaptive ladder expected of this step; null on fixed ladders. */
  cessPredicted: figure,
  /** Steps that were tried and shrunk before this one. */
  retries: count,
  /** ESS of the ensemble after this stage's weights and before any resampling, as a fraction. */
  ess: figure,
  /** Whether the ensemble was resampled after this stage, which makes weights equal within each group. */
  resampled: z.boolean(),
  /** Of the weighted ensemble beside PT samples of this stage. */
  coverage: coverageSchema,
  /** log Z_λ, accumulated over the stages so far; its error is from independent groups of particles. */
  logZ: estimateSchema,
  /** log Z_λ of parallel tempering. */
  logZTempering: estimateSchema,
  /** Acceptance of the Langevin moves after the stage; null without moves. */
  rejuvenationAcceptance: figure,
  /** Of these moves: the step size that tempering found at λ. */
  stepSize: z.number(),
  trainingSteps: count,
  /** All sessions together. */
  trainingSeconds: z.number(),
  /**
   * (Σw)²/Σw² of tempering's samples at λ, which the training samples were drawn from; their correlation in time is not
   * taken off.
   */
  poolSize: figure,
  nonFinite: count,
  /** Of the session that finished the stage. */
  seconds: z.number(),
});

/** The sequential generator. */
export const ladderSchema = z.object({
  seconds: z.number(),
  interpolation: z.enum(['adaptive', 'geometric', 'hybrid', 'linear', 'explicit']),
  particles: count,
  /** Independent groups of particles: each resamples within itself. */
  groups: count,
  stages: z.array(stageSchema),
  /** Tempering along the path, where it was a run of its own; null where the target's samples come from it too. */
  tempering: parallelTemperingSchema.nullable(),
  /** log Z of the target from the particles, resampling included. */
  logZ: estimateSchema,
  /** Weighted masses of the target's modes in the final particles. */
  modes: z.array(estimateSchema.extend({ name: z.string() })),
  /** Fresh base samples through all stages: without moves, and with Langevin moves between stages. */
  fresh: z.object({ samples: count, ess: figure, essRejuvenated: figure, rejuvenationSteps: count }),
});

/** How good weighted samples are, whichever way their weights were made. */
export const weightKindSchema = z.object({
  kind: z.enum(['exact', 'learned-full', 'learned-stochastic']),
  /** Conditional ESS of each stage's weights, as fractions. */
  cess: z.array(figure),
  /**
   * Of the weights beside the exact ones: correlation of the log-weights, and standard deviation of their difference,
   * over samples that count by their exact weights; null where the energy is not to be had.
   */
  correlation: figure,
  deviation: figure,
  /**
   * Standard deviation of log(true / learned weight), free of noise, from values of the energy that nothing was learned
   * from; null for exact weights.
   */
  residual: figure.default(null),
  /** Of fresh samples with these weights; means of learned ones are corrected by what is known of their errors. */
  ess: figure,
  bias: figure,
  /** ½ Σ |mass − exact mass| over the modes. */
  totalVariation: figure,
  logZ: estimateSchema.nullable(),
  /** Masses of the target's modes. */
  masses: z.array(estimateSchema),
  /** Mean loss of φ, ψ on held-out pairs, and of a constant in their place; null for exact weights. */
  heldOutError: figure,
  constantError: figure,
  /** Values of the energy that were not finite and are left out of what φ, ψ were fitted to. */
  nonFinite: count,
});

/** One stage of a flow or ladder on noisy energies. */
export const noisyStageSchema = z.object({
  stage: z.number().int().positive(),
  lambda: z.number(),
  /** ESS after this stage's weights and before any resampling, as a fraction. */
  ess: figure,
  resampled: z.boolean(),
  /** Langevin moves with variance-reduced gradients after it; null without. */
  moves: z.object({ steps: count, stepSize: z.number(), nonFinite: count }).nullable(),
  trainingSteps: count,
  trainingSeconds: z.number(),
  nonFinite: count,
  seconds: z.number(),
});

/** A figure of samples without weights. */
const plainFigures = z.object({ bias: figure, totalVariation: figure });

/** What is told of a run whose energy was seen with noise. */
export const noiseSchema = z.object({
  kind: z.enum(['draws', 'rows']),
  /** Of a sum over data: its rows, and those of a mini-batch. */
  rows: count.nullable(),
  batch: count.nullable(),
  fullEnergy: z.boolean(),
  /** What the weights of the samples are made of. */
  weights: z.enum(['exact', 'learned-full', 'learned-stochastic']),
  sampler: z.object({
    draws: count,
    swapCorrection: z.number(),
    tracked: z.boolean(),
    /** σ of each pair's log ratio. */
    swapDeviations: z.array(figure),
    /** Of the gradient per rung, in the noisiest coordinate, and by what share it heats the rung. */
    gradientDeviations: z.array(figure),
    heating: z.array(figure),
  }),
  /** The samples of reSGLD, and those of the flow without weights. */
  input: plainFigures,
  flow: plainFigures,
  /** Of particles that Langevin steps have moved, weighted; null without such moves. */
  moved: plainFigures.nullable().default(null),
  weightKinds: z.array(weightKindSchema),
  stages: z.array(noisyStageSchema),
  /**
   * Evaluations by what they were for; passes are what they cost in evaluations of the whole energy, null where
   * unknown.
   */
  evaluations: z.array(z.object({ phase: z.string(), noisy: count, full: count, passes: figure })),
});

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

/** A settings value: what `--set key=value` can name. */
export const settingSchema = z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]);

export const resultSchema = z.object({
  parallelTempering: parallelTemperingSchema,
  training: trainingSchema,
  generation: generationSchema,
  // Runs of before there was a choice have no such entries: they are of one flow.
  choice: choiceSchema.nullable().default(null),
  /** null where one flow made the samples. */
  ladder: ladderSchema.nullable().default(null),
  /** null where the energy was not seen with noise. */
  noise: noiseSchema.nullable().default(null),
  /** null where the target is no path integral. */
  pathIntegral: pathIntegralSchema.nullable().default(null),
  warnings: z.array(warningSchema),
  /** The worst of the warnings' standings; null in runs of before there were any. */
  standing: standingSchema.nullable().default(null),
  /** Whole run, wall clock, in seconds, summed over resumes. */
  seconds: z.number(),
  peakMemoryBytes: count,
});

const fileSchema = z.object({ path: z.string(), sha256: z.string() });

/** A user's definition as it was run. The run keeps its files; of data and packages it only knows which they were. */
export const definitionSchema = z.object({
  /** The file that was named, then those that it imports, by their paths below the folder that holds them all. */
  files: z.array(fileSchema).min(1),
  /** Files of data that were read, by their paths below that folder or from the root. */
  data: z.array(fileSchema),
  /** Versions of imported packages. */
  packages: z.record(z.string(), z.string()),
});

export const recordSchema = z.object({
  format: z.literal('jeffreys-flow run'),
  recordVersion: z.literal(RECORD_VERSION),
  versions: z.record(z.string(), z.string()),
  target: z.string(),
  /** Absolute path of the user's definition, or null for a built-in target. */
  targetFile: z.string().nullable(),
  /** null for a built-in target, and in runs of before definitions were kept with all that they import. */
  definition: definitionSchema.nullable().default(null),
  /**
   * SHA-256 of the data of a target that is a sum over rows; null for others, and in runs of before there were such.
   */
  dataHash: z.string().nullable().default(null),
  dimension: z.number().int().positive(),
  preset: z.string(),
  seed: z.number().int().nonnegative(),
  settings: z.record(z.string(), settingSchema),
  state: z.enum(['running', 'interrupted', 'failed', 'complete']),
  /** ISO 8601. */
  startedAt: z.string(),
  updatedAt: z.string(),
  message: z.string().nullable(),
  result: resultSchema.nullable(),
});

export type Estimate = z.infer<typeof estimateSchema>;
export type Compared = z.infer<typeof comparedSchema>;
export type Standing = z.infer<typeof standingSchema>;
export type ObservableSummary = z.infer<typeof observableSchema>;
export type ParallelTemperingSummary = z.infer<typeof parallelTemperingSchema>;
export type TrainingPoint = z.infer<typeof trainingPointSchema>;
export type TrainingSummary = z.infer<typeof trainingSchema>;
export type ModeSummary = z.infer<typeof modeSchema>;
export type ProjectionSummary = z.infer<typeof projectionSchema>;
export type GenerationSummary = z.infer<typeof generationSchema>;
export type Choice = z.infer<typeof choiceSchema>;
/** One stage of a ladder of flows: its λ, CESS, ESS, coverage, log Z. */
export type StageSummary = z.infer<typeof stageSchema>;
/** A ladder of flows: its stages, its particles' figures, and the ESS of fresh samples through all of it. */
export type LadderSummary = z.infer<typeof ladderSchema>;
export type NoiseSummary = z.infer<typeof noiseSchema>;
export type NoisyStageSummary = z.infer<typeof noisyStageSchema>;
export type WeightKindSummary = z.infer<typeof weightKindSchema>;
export type PathIntegralSummary = z.infer<typeof pathIntegralSchema>;
export type RingSummary = z.infer<typeof ringSchema>;
export type RingBaselineSummary = z.infer<typeof ringBaselineSchema>;
/** What the verdict has to say, in a sentence, and what it makes of the figures. */
export type Warning = z.infer<typeof warningSchema>;
/** Every figure of a finished run; those that are not finite are null. */
export type RunResult = z.infer<typeof resultSchema>;
/** `run.json`: what a run was asked for, with which versions, how far it is, and its result. */
export type RunRecord = z.infer<typeof recordSchema>;
export type Definition = z.infer<typeof definitionSchema>;
export type Setting = z.infer<typeof settingSchema>;
