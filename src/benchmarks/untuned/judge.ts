/** What a run of an untuned target said, beside what is exact and what it had to reach. */
import { z } from 'zod';
import { comparedSchema, figure, standingSchema } from '../../records/values.ts';
import type { TargetDefinition } from '../../targets/target.ts';
import { MOST_ERRORS, MOST_MEBIBYTES, type Limits } from './limits.ts';

/** The part of `jeffreys run --json` that is judged. */
export const summarySchema = z.object({
  standing: standingSchema.nullable(),
  reasons: z.array(z.object({ code: z.string() })),
  ess: figure,
  logZ: figure,
  logZSE: figure,
  observables: z.array(comparedSchema.pick({ name: true, value: true, standardError: true })),
});
export type Summary = z.infer<typeof summarySchema>;

/** What the process took. */
export interface Cost {
  /** Wall clock. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  readonly peakMebibytes: number | null;
}

/** A figure's distance from the exact value; NaN where the run gives no figure, or no error of it. */
export interface Deviation {
  readonly name: string;
  readonly error: number;
  /** In the run's own standard errors. */
  readonly errors: number;
}

export interface Judgement {
  readonly standing: Summary['standing'];
  readonly reasons: readonly string[];
  readonly ess: number;
  /** null where no log Z is known. */
  readonly logZ: Deviation | null;
  readonly observables: readonly Deviation[];
  /** Of the exact figures, log Z among them, the one that is most standard errors away. */
  readonly worst: Deviation | null;
  /** Whether every exact figure is within MOST_ERRORS. */
  readonly right: boolean;
  /** What it did not reach, in words. */
  readonly misses: readonly string[];
}

function deviation(name: string, value: number | null, standardError: number | null, exact: number): Deviation {
  const error = (value ?? NaN) - exact;
  const errors = standardError === null ? NaN : error === 0 ? 0 : error / standardError;
  return { name, error, errors };
}

/** Of two deviations the worse; not knowing is worst. */
const worse = (a: Deviation, b: Deviation): Deviation => (!(Math.abs(a.errors) >= Math.abs(b.errors))
  && !Number.isNaN(a.errors) ? b : a);

/** @param known the definition with its exact values */
export function judge(summary: Summary, cost: Cost, known: TargetDefinition, limits: Limits): Judgement {
  const logZ = known.logZ === undefined ? null : deviation('log Z', summary.logZ, summary.logZSE, known.logZ);
  const observables = (known.observables ?? []).flatMap(({ name, exact }) => {
    const found = summary.observables.find((entry) => entry.name === name);
    return exact === undefined ? [] : [deviation(name, found?.value ?? null, found?.standardError ?? null, exact)];
  });
  const all = [...(logZ === null ? [] : [logZ]), ...observables];
  const worst = all.length === 0 ? null : all.reduce(worse);
  const right = worst === null || Math.abs(worst.errors) <= MOST_ERRORS;
  const judged = {
    standing: summary.standing, reasons: [...new Set(summary.reasons.map(({ code }) => code))],
    ess: summary.ess ?? NaN, logZ, observables, worst, right,
  };
  return { ...judged, misses: missesOf(judged, cost, limits) };
}

function wrongness(worst: Deviation | null, sound: boolean): string {
  if (Number.isNaN(worst?.errors)) return `no error of ${worst?.name}`;
  return `${sound ? 'SOUND BUT WRONG' : 'wrong'}: ${worst?.name}`;
}

function missesOf(judged: Omit<Judgement, 'misses'>, cost: Cost, limits: Limits): string[] {
  const { standing, reasons, ess, logZ, observables, worst, right } = judged;
  const sound = standing === 'sound';
  if (limits.planted === true && standing !== null && !sound) return [];
  const mebibytes = limits.mebibytes ?? MOST_MEBIBYTES;
  const checks: (readonly [boolean, string])[] = [
    [sound, standing === null ? 'not judged' : `${standing} (${reasons.join(', ')})`],
    [right, wrongness(worst, sound)],
    [ess >= limits.ess, `ESS < ${100 * limits.ess} %`],
    [cost.seconds <= limits.seconds, `> ${limits.seconds} s`],
    [(cost.peakMebibytes ?? 0) <= mebibytes, `> ${mebibytes} MiB`],
    [logZ === null || Math.abs(logZ.error) <= (limits.logZ ?? Infinity), `log Z off by > ${limits.logZ}`],
    ...observables.map(({ name, error }) => {
      const most = limits.observables?.[name] ?? Infinity;
      return [Math.abs(error) <= most || most === Infinity, `${name} off by > ${most}`] as const;
    }),
  ];
  return checks.flatMap(([reached, what]) => (reached ? [] : [what]));
}
