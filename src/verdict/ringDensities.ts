/** Where the densities of a path integral's positions and centroids are shown. */
import { weightedHistogram } from '../estimators/histogram.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';

/** Bins over the box and a quarter of it on either side. */
const BINS = 60;
const BEYOND = 0.25;

/** Per coordinate. */
function shownRange({ box }: PathIntegral, a: number): { low: number; high: number } {
  const [low, high] = box[a];
  return { low: low - BEYOND * (high - low), high: high + BEYOND * (high - low) };
}

export const binCentres = (pathIntegral: PathIntegral, a: number): number[] => {
  const { low, high } = shownRange(pathIntegral, a);
  return Array.from({ length: BINS }, (_, bin) => low + ((bin + 0.5) / BINS) * (high - low));
};

export const coordinateName = ({ dimension }: PathIntegral, a: number): string => (dimension === 1 ? 'x' : `x${a + 1}`);

/** An empty histogram of one coordinate. */
export const shownHistogram = (pathIntegral: PathIntegral, a: number): ReturnType<typeof weightedHistogram> =>
  weightedHistogram(shownRange(pathIntegral, a), BINS);
