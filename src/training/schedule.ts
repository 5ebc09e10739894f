/** Learning-rate schedules: what fraction of the peak rate a step uses. */
export const schedules = ['oneCycle', 'constant', 'steady', 'decay'] as const;
export type ScheduleName = (typeof schedules)[number];

/** Share of the steps over which the rate rises, and what it starts and ends at, as fractions of the peak. */
const WARM_UP = 0.1;
const START = 0.05;
const END = 0.005;
/** Steps over which a steady rate rises. */
const STEADY_RISE = 100;

/**
 * `oneCycle`: linear rise over the first tenth, then half a cosine down (after Smith & Topin 2019). `constant`: 1.
 * `steady` and `decay` are its parts, for training whose end is not known beforehand: a rise and then 1 as long as one
 * likes; and from 1 down half a cosine, whenever one wants.
 * @param step 0 … steps − 1; of `steady` with those of before @returns fraction of the peak rate, in (0, 1]
 */
export function scheduledRate(name: ScheduleName, step: number, steps: number): number {
  if (name === 'constant') return 1;
  if (name === 'steady') return Math.min(1, START + (1 - START) * ((step + 1) / STEADY_RISE));
  if (name === 'decay') return END + (1 - END) * 0.5 * (1 + Math.cos(Math.PI * ((step + 1) / steps)));
  const warm = Math.max(1, Math.round(WARM_UP * steps));
  if (step < warm) return START + (1 - START) * ((step + 1) / warm);
  return END + (1 - END) * 0.5 * (1 + Math.cos(Math.PI * ((step - warm) / Math.max(1, steps - warm))));
}
