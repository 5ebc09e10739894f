import { existsSync } from 'node:fs';
import { InputError } from '../../errors.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { print } from '../print.ts';

const starter = (name: string): string => `/**
 * A target for jeffreys-flow. Run it with:  jeffreys run ./${name}.ts
 *
 * The density is exp(-U(x)), not necessarily normalised. This starter is a double well in x, coupled to y.
 */
import { defineTarget, np } from 'jeffreys-flow';

export default defineTarget({
  name: '${name}',
  description: 'a tilted double well in x, coupled to y',

  // d, the number of coordinates.
  dimension: 2,

  // U of one point. \`point\` has shape [d]; return one number. Write it like the formula, with np (NumPy's names)
  // and the methods add, sub, mul, div; derivatives are taken for you. Operators, \`if\` and Math work on numbers only:
  // np.where(condition, a, b) chooses.
  energy: (point) => {
    const x = point.slice(0);
    const y = point.slice(1);
    const well = np.square(np.square(x).sub(1)).mul(4); // 4 (x² - 1)²
    const tilt = x.mul(0.3);
    const coupling = np.square(y.sub(x)).mul(2); // 2 (y - x)²
    return well.add(tilt).add(coupling);
  },

  // The box the flow acts on: it should hold practically all of the mass. One pair for all coordinates or one each.
  box: [-4, 4],
  // Coordinates that are circles:  torus: { 0: [-Math.PI, Math.PI] };  between walls:  interval: { 0: [0, 1] }

  // The base: independent Gaussians about as wide as the target.
  base: { mean: 0, standardDeviation: 1.2 },

  // Optional. Regions whose masses are watched, so that a lost mode is noticed.
  modes: { centres: [[-1, -1], [1, 1]], names: ['left', 'right'] },

  // Optional. Functions of a point whose expectations you want, with the exact value where you know it.
  observables: [
    { name: 'x', value: (point) => point[0] },
    { name: 'x y', value: (point) => point[0] * point[1] },
  ],

  // Optional. Settings that suit this target: the hottest inverse temperature should let chains cross every barrier.
  settings: { hottest: 0.1, replicas: 5 },
});
`;

/** `jeffreys init <name>` */
export function init(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new InputError(`the name must be lower-case letters, digits and hyphens, got "${name}"`);
  const file = `${name}.ts`;
  if (existsSync(file)) throw new InputError(`${file} exists; choose another name`);
  writeFileAtomic(file, starter(name));
  print(`${file} written; run it with: jeffreys run ./${file}\n`);
}
