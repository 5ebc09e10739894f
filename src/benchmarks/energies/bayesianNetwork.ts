/**
 * The posterior of a small network's weights (Neal 1996, "Bayesian Learning for Neural Networks"): 8 inputs, 16 hidden
 * tanh units, one output, Gaussian noise, standard normal prior; 161 parameters. The data come from a network like it.
 */
import { np } from '../../engine/numpy.ts';
import { fillNormal, keyFromSeed, foldIn } from '../../engine/random.ts';
import { defineTarget } from '../../targets/target.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';

const INPUTS = 8;
const HIDDEN = 16;
const FIRST_BIASES = INPUTS * HIDDEN;
const SECOND_WEIGHTS = FIRST_BIASES + HIDDEN;
const SECOND_BIAS = SECOND_WEIGHTS + HIDDEN;
const DIMENSION = SECOND_BIAS + 1;
/** Standard deviation of the data about the network. */
const NOISE = 0.2;
/** Points are drawn from the prior, drawn in by this: weights of a trained network are smaller. */
const SHRINKAGE = 0.5;

const key = keyFromSeed(8161);

function normals(stream: number, size: number): Float64Array {
  const values = new Float64Array(size);
  fillNormal(foldIn(key, stream), 0, values);
  return values;
}

/** Output of the network of the given weights at a row of inputs. */
function output(weights: Float64Array, row: Float64Array): number {
  let sum = weights[SECOND_BIAS];
  for (let k = 0; k < HIDDEN; k++) {
    let before = weights[FIRST_BIASES + k];
    for (let j = 0; j < INPUTS; j++) before += row[j] * weights[j * HIDDEN + k];
    sum += weights[SECOND_WEIGHTS + k] * Math.tanh(before);
  }
  return sum;
}

/** @param rows of data */
export function bayesianNetwork(rows = 500): ArrayEnergy {
  const inputs = normals(0, rows * INPUTS);
  const teacher = normals(1, DIMENSION).map((weight) => SHRINKAGE * weight);
  const outputs = normals(2, rows)
    .map((z, i) => output(teacher, inputs.subarray(i * INPUTS, (i + 1) * INPUTS)) + NOISE * z);
  const target = defineTarget({
    name: rows === 500 ? 'network' : `network-${rows}`,
    description: `weights of an ${INPUTS}–${HIDDEN}–1 network, given ${rows} rows of data`,
    dimension: DIMENSION,
    energy: (x) => {
      const weights = x.slice([0, FIRST_BIASES]).reshape([INPUTS, HIDDEN]);
      const biases = x.slice([FIRST_BIASES, SECOND_WEIGHTS]);
      const outer = x.slice([SECOND_WEIGHTS, SECOND_BIAS]);
      const hidden = np.tanh(np.matmul(np.array(inputs).reshape([rows, INPUTS]), weights).add(biases));
      const residuals = np.matmul(hidden, outer).add(x.slice(SECOND_BIAS)).sub(np.array(outputs));
      return np.square(residuals).sum().mul(0.5 / NOISE ** 2).add(np.square(x).sum().mul(0.5));
    },
    box: [-6, 6],
    base: { mean: 0, standardDeviation: 1 },
  });
  return {
    target,
    points: (n) => normals(3, n * DIMENSION).map((z) => SHRINKAGE * z),
    constants: { rows, hidden: HIDDEN, noise: NOISE, inputs, outputs },
  };
}
