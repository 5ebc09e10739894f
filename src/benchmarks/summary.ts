/** A handful of repeated measurements in five numbers. */

export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/**
 * Order statistics, interpolated; values that are not numbers (a goal that was not reached) make the figures they touch
 * NaN.
 */
export function summarise(values: readonly number[]): Summary {
  // NaN sorts last: not reached is worse than any time.
  const sorted = [...values].sort((a, b) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  const at = (part: number): number => {
    const position = part * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
    return below === above ? below : below + (above - below) * (position - Math.floor(position));
  };
  return { median: at(0.5), least: at(0), most: at(1), lowerQuartile: at(0.25), upperQuartile: at(0.75) };
}
