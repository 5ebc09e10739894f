/** Timing two things side by side, so that a drifting machine slows both alike. */

export interface Timed {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds per call. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Alternate the cases `rounds` times after a warm-up. */
export async function timeAlternately(cases: readonly Timed[], rounds: number, now: () => number): Promise<Timing[]> {
  for (const { run } of cases) for (let i = 0; i < 3; i++) await run();
  const times = cases.map(() => new Float64Array(rounds));
  for (let round = 0; round < rounds; round++) {
    for (const [k, { run }] of cases.entries()) {
      const start = now();
      await run();
      times[k][round] = now() - start;
    }
  }
  return cases.map(({ name }, k) => {
    const sorted = times[k].sort();
    return { name, median: sorted[rounds >> 1], least: sorted[0], most: sorted[rounds - 1] };
  });
}
