/** Weights from the energy itself: along the bridge U_λ stage by stage, or of a chain's two ends alone. */
import type { Pause } from '../../pausing.ts';
import { baseEnergies, type Base } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { energiesOf } from '../../training/evaluation.ts';
import { stepWeights, type Weigher } from './weigher.ts';

/** U_λ from U0 and U1: at λ = 0 a target that is not finite does not matter. */
const mixedEnergy = (u0: number, u1: number, lambda: number): number =>
  (lambda === 0 ? u0 : lambda === 1 ? u1 : u0 + lambda * (u1 - u0));

interface Known {
  readonly points: Float64Array;
  u0: Float64Array | null;
  u1: Float64Array | null;
}

/** U_λ of points, of which U0 and U1 are evaluated once however many λ are asked for. */
export class BridgeEnergies {
  /** Of the two arrays asked for last: a map's images are the next one's points. */
  #known: Known[] = [];

  constructor(private readonly base: Base, private readonly energy: EnergyEvaluator) {}

  /**
   * @param points [n, d], which must not change as long as they are asked for @param u1 their U1 [n], where it is known
   */
  #of(points: Float64Array, u1: Float64Array | null = null): Known {
    const found = this.#known.find((known) => known.points === points) ?? { points, u0: null, u1 };
    this.#known = [found, ...this.#known.filter((known) => known !== found)].slice(0, 2);
    return found;
  }

  /** Takes U1 [n] of points [n, d] as known. */
  know(points: Float64Array, u1: Float64Array): void {
    this.#of(points, u1);
  }

  /** @returns [n], not to be changed */
  async at(points: Float64Array, lambda: number, pause: Pause): Promise<Float64Array> {
    const { u0, u1 } = await this.#ends(points, lambda, pause);
    return between(u0, u1, lambda);
  }

  /** For any λ, once both ends are known. */
  async mixed(points: Float64Array, pause: Pause): Promise<(lambda: number) => Float64Array> {
    const { u0, u1 } = await this.#ends(points, 0.5, pause);
    return (lambda) => between(u0, u1, lambda);
  }

  /** Those of U0 and U1 that U_λ is made of; the other may be empty. */
  async #ends(points: Float64Array, lambda: number, pause: Pause): Promise<{ u0: Float64Array; u1: Float64Array }> {
    const known = this.#of(points);
    const n = points.length / this.base.domain.length;
    if (lambda > 0 && known.u1 === null) {
      const u1 = new Float64Array(n);
      await energiesOf(this.energy, points, n, u1, pause);
      known.u1 = u1;
    }
    if (lambda < 1 && known.u0 === null) {
      known.u0 = new Float64Array(n);
      baseEnergies(this.base, points, n, known.u0);
    }
    return { u0: known.u0 ?? NONE, u1: known.u1 ?? NONE };
  }
}

const NONE = new Float64Array(0);

function between(u0: Float64Array, u1: Float64Array, lambda: number): Float64Array {
  if (lambda === 0) return u0;
  return lambda === 1 ? u1 : u0.map((value, i) => mixedEnergy(value, u1[i], lambda));
}

/** @param lambdas of the stages, from above 0 to 1 */
export function bridgeWeigher(energies: BridgeEnergies, lambdas: readonly number[]): Weigher {
  return {
    weigh: async (passage, pause) => {
      const { stage, x, z } = passage;
      const from = await energies.at(x, stage === 0 ? 0 : lambdas[stage - 1], pause);
      return stepWeights(passage, from, await energies.at(z, lambdas[stage], pause));
    },
  };
}

/**
 * Without moves between the stages only both ends of a chain matter: the last step takes what is left.
 * @param end the target's energy, or its values [n] where they are known; null where that is weighed elsewhere
 * @param stages how many there are
 */
export function endsWeigher(base: Base, end: EnergyEvaluator | Float64Array | null, stages: number): Weigher {
  return {
    weigh: async (passage, pause) => {
      const { stage, x, z, n } = passage;
      const [from, to] = [new Float64Array(n), new Float64Array(n)];
      if (stage === 0) baseEnergies(base, x, n, from);
      if (stage === stages - 1 && end !== null) {
        if ('energies' in end) await energiesOf(end, z, n, to, pause);
        else to.set(end);
      }
      return stepWeights(passage, from, to);
    },
  };
}
