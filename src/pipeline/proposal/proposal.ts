/**
 * What a run leaves: a density to draw independent weighted samples from, which also knows the weight of any given
 * point.
 */
import type { Key } from '../../engine/random.ts';
import type { Cuts, Pause } from '../../pausing.ts';
import type { Chart } from '../../targets/charts/chart.ts';
import type { Frame } from '../../targets/frame.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { Transport, WeightedPiece } from '../transport/transport.ts';

/** Weighted samples of the target without end, and the weights of given points. */
export interface Proposal {
  /** Of a sample as it is written: [d], or of a ring [beads, p]. */
  readonly shape: readonly number[];
  /** Samples [n, …] as they are written; default: as they are. */
  readonly written?: (samples: Float64Array) => Float64Array;
  /** The flows behind it. */
  readonly transport: Transport;
  /** The coordinates of the flows, where those are not the samples' own. */
  readonly chart?: Chart;
  /** Standard units that the flows act in; absent where they act in the target's own coordinates. */
  readonly frame?: Frame;
  /** What its weights are made of, where that is not the energy itself. */
  readonly weights: 'exact' | 'learned';
  /**
   * `total` weighted samples in pieces of bounded size; sample i depends on the key and i alone.
   * @param from index of the first; default 0 @param cuts default: uncut
   */
  stream(key: Key, total: number, from?: number, cuts?: Cuts): AsyncGenerator<WeightedPiece>;
  /** log w of given points with their energies, back through the flows without moves. @returns [n] */
  pullBack(points: TrainingData, pause?: Pause): Promise<Float64Array>;
  /** The same with so many Langevin moves between stages; absent where there is nothing to move between. */
  readonly moving?: (steps: number) => Proposal;
  /** Rings of another number of beads; absent where samples are no rings. */
  readonly lift?: (beads: number) => Proposal;
}
