/**
 * A bijection of one's own: the sinh-arcsinh map, and what it does as a proposal for a skewed density.
 * Run: node --import tsx examples/extend-bijection.ts
 */
import {
  compileOnnx, effectiveSampleSize, estimateLogZ, fillNormal, keyFromSeed, np, trace, type Array as NpArray,
  type Direction,
} from 'jeffreys-flow';

/** log(x + √(x² + 1)), of the size first: near −∞ the sum would cancel. */
function arcsinh(x: NpArray): NpArray {
  const isNegative = x.less(0);
  const size = np.where(isNegative, x.neg(), x);
  const value = np.log(size.add(np.sqrt(np.square(size).add(1))));
  return np.where(isNegative, value.neg(), value);
}

/**
 * y_j = sinh(δ_j arcsinh(x_j) + ε_j): ε skews, δ < 1 makes tails heavier; the identity at ε = log δ = 0.
 * @param parameters shape [2d]: ε, then log δ, unconstrained @param x shape [B, d]
 * @returns the images [B, d], and the logarithm of the determinant of that direction [B]
 * @see Jones & Pewsey 2009, "Sinh-arcsinh distributions", eq. 2
 */
export function sinhArcsinh(parameters: NpArray, x: NpArray, direction: Direction): [NpArray, NpArray] {
  const d = x.shape[1];
  const [skew, logTail] = np.split(parameters, 2).map((part) => part.reshape([1, d]));
  const tail = np.exp(logTail);
  const image = np.sinh(direction === 'forward' ? arcsinh(x).mul(tail).add(skew) : arcsinh(x).sub(skew).div(tail));
  // dy/dx = δ √(1 + y²) / √(1 + x²), both ways round.
  const logScale = (points: NpArray): NpArray => np.log(np.square(points).add(1)).mul(0.5);
  const gain = logScale(image).sub(logScale(x));
  return [image, (direction === 'forward' ? gain.add(logTail) : gain.sub(logTail)).sum(1)];
}

const N = 20_000;
/** U = e^y − 4y: the logarithm of a Gamma variable, skewed to the left; Z = Γ(4) = 6. Curvature 4 at its mode. */
const energy = (y: number): number => Math.exp(y) - 4 * y;
const [centre, width] = [Math.log(4), 0.5];

/** @param say what takes its lines */
export async function main(say: (line: string) => void): Promise<void> {
  const compiled = await compileOnnx(
    trace((parameters, x) => sinhArcsinh(parameters, x, 'forward'), [{ shape: [2] }, { shape: [N, 1] }]),
    { precision: 'float64' },
  );
  const z = new Float64Array(N);
  fillNormal(keyFromSeed(5), 0, z);
  /** log w = −U(y) + U0(z) + log|dy/dz| of y = centre + width · F(z), z standard normal. */
  const weigh = async (skew: number, tail: number): Promise<Float64Array> => {
    const [images, gains] = await compiled.run([Float64Array.of(skew, Math.log(tail)), z]);
    return z.map((value, i) => Math.log(width) + gains[i] - energy(centre + width * images[i])
      + 0.5 * value * value + 0.5 * Math.log(2 * Math.PI));
  };
  const percent = (logWeights: Float64Array): string => (100 * effectiveSampleSize(logWeights).fraction).toFixed(1);
  const [plain, bent] = [await weigh(0, 1), await weigh(-0.2, 1.05)];
  const logZ = estimateLogZ(bent);
  say(`ESS ${percent(plain)} % without the map, ${percent(bent)} % with it`);
  say(`log Z = ${logZ.value.toFixed(4)} ± ${logZ.standardError.toFixed(4)} (exact ${Math.log(6).toFixed(4)})`);
  await compiled.dispose();
}

if (process.argv[1]?.endsWith('extend-bijection.ts') === true) await main(console.log);
