/**
 * How many points of a batch a graph takes at once: large networks on large batches would need more memory than there
 * is.
 */
import { featureCount, isMarginal, outputCount, parameterCount, type Architecture } from '../flows/architecture.ts';

/** Numbers per point and pass that the way back needs: what every layer reads and makes. */
export const keptPerPoint = (architecture: Architecture): number => architecture.masks.reduce((sum, transformed) => {
  const conditions = architecture.domain.map((_, j) => j).filter((j) => !transformed.includes(j));
  const network = isMarginal(architecture, transformed) ? 0
    : featureCount(architecture.domain, conditions) + 2 * architecture.hidden;
  return sum + network + outputCount(architecture, transformed);
}, 0);

/** Numbers alive in onnxruntime for each of these, as seen at the published network of solvated-16d. */
const KEPT = 4.5;
/** A batch that needs more is taken in parts. */
const MOST_BYTES = 2 * 2 ** 30;

/** Bytes of activations of one graph on a batch. @param bytes per number @param passes of the network in a step */
export const activationBytes = (architecture: Architecture, batch: number, passes: number, bytes: number): number =>
  KEPT * batch * passes * bytes * keptPerPoint(architecture);

/** Most points that are mapped together, and the multiplications that they take: a fraction of a second on one core. */
const MOST_TOGETHER = 65_536;
const TOGETHER = 2e9;
/** Multiplications per number that a layer reads or makes, beside those of the products. */
const PER_NUMBER = 16;

/**
 * Points of a stream that are mapped together, a power of two: fewer where the network is large. It changes no result.
 */
export function pointsTogether(architecture: Architecture): number {
  const perPoint = parameterCount(architecture) + PER_NUMBER * keptPerPoint(architecture);
  let points = MOST_TOGETHER;
  while (points > 256 && points * perPoint > TOGETHER) points /= 2;
  return points;
}

/**
 * The batch, or its half, its quarter, …: a matter of sizes alone, so that the same settings give the same bits
 * everywhere.
 */
export function microBatchOf(architecture: Architecture, batch: number, passes: number, bytes: number): number {
  let parts = 1;
  while (activationBytes(architecture, batch / parts, passes, bytes) > MOST_BYTES && batch % (2 * parts) === 0)
    parts *= 2;
  return batch / parts;
}
