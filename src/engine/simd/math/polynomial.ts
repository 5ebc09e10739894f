/** Polynomials of all lanes of a vector. */
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import type { V128 } from '../../wasm/instructions.ts';
import type { Lanes } from '../../wasm/lanes.ts';

/**
 * c₀ + c₁x + c₂x² + … by Estrin's scheme: neighbours are paired, then pairs of pairs, so that the processor works on
 * several products at once.
 * @param x read several times: a local
 */
export function polynomial(f: FunctionBuilder, lanes: Lanes, x: V128, coefficients: readonly number[]): V128 {
  let terms = coefficients.map((c) => lanes.constant(c));
  let power = x;
  while (terms.length > 1) {
    const pairs: V128[] = [];
    for (let k = 0; k < terms.length; k += 2)
      pairs.push(k + 1 < terms.length ? lanes.add(terms[k], lanes.mul(power, terms[k + 1])) : terms[k]);
    terms = pairs;
    if (terms.length > 1) power = f.let(lanes.mul(power, power));
  }
  return terms[0];
}
