/**
 * Alanine dipeptide in Cartesian coordinates: the force field ff96 in vacuum, or with the generalised Born model OBC1
 * (Onufriev, Bashford and Case 2004) and the surface term of ACE (Schaefer, Bartels and Karplus 1998). 22 atoms, 66
 * numbers in nm; the energy is in kT at 300 K. It does not change when the molecule moves or turns as a whole, so that
 * as a density it cannot be normalised: it is here to be evaluated.
 */
import { np, type Array as NpArray } from '../../engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../engine/random.ts';
import { defineTarget } from '../../targets/target.ts';
import { alanineParameters, ATOM_COUNT, type Columns } from './alanineParameters.ts';
import { MINIMUM } from './alanineTables.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';

/** nm by which the atoms of a point are off the minimum. */
const SPREAD = 0.003;
/** Cosines of angles keep off ±1, where the angle has no derivative; no angle here comes near. */
const STRAIGHT = 1 - 1e-12;

const column = (values: Float64Array): NpArray => np.array(values);
const cube = (a: NpArray): NpArray => np.square(a).mul(a);
const dot = (a: NpArray, b: NpArray): NpArray => a.mul(b).sum(1);

/** Rows of an array, by index. */
export type Pick = (values: NpArray, index: Int32Array) => NpArray;
export const byIndex: Pick = (values, index) => np.take(values, np.array(index), 0);
/** The same by a product with a matrix of ones and zeros: for who cannot differentiate the other. */
export const byProduct: Pick = (values, index) => {
  const [count] = values.shape;
  const ones = Float64Array.from({ length: index.length * count }, (_, k) =>
    (index[Math.floor(k / count)] === k % count ? 1 : 0));
  return np.matmul(np.array(ones).reshape([index.length, count]), values);
};

/** Steps from the atoms of one list to those of another, [n, 3]. */
type Between = (from: Int32Array, to: Int32Array) => NpArray;

function bondEnergy(between: Between, { from, to, strength, length }: Columns['bonds']): NpArray {
  const step = between(from, to);
  return column(strength).mul(np.square(np.sqrt(dot(step, step)).sub(column(length)))).sum();
}

function angleEnergy(between: Between, { first, centre, last, strength, angle }: Columns['angles']): NpArray {
  const [a, b] = [between(centre, first), between(centre, last)];
  const cosine = dot(a, b).div(np.sqrt(dot(a, a).mul(dot(b, b))));
  const bent = np.arccos(np.clip(cosine, -STRAIGHT, STRAIGHT));
  return column(strength).mul(np.square(bent.sub(column(angle)))).sum();
}

/** All phases are 0 or π: every torsion is a polynomial of the cosine of its angle. */
function torsionEnergy(between: Between, { atoms: [i, j, k, l], powers }: Columns['torsions']): NpArray {
  const axis = between(j, k);
  const [a, b] = [np.cross(between(i, j), axis), np.cross(axis, between(k, l))];
  const cosine = dot(a, b).div(np.sqrt(dot(a, a).mul(dot(b, b))));
  return powers.slice(0, -1)
    .reduceRight((sum, factors) => sum.mul(cosine).add(column(factors)), column(powers[powers.length - 1])).sum();
}

/** Lennard-Jones and Coulomb. @param squared squares of the pairs' distances */
function pairEnergy(squared: NpArray, { sizes, depths, charges }: Columns['pairs']): NpArray {
  const sixth = cube(column(sizes).div(squared));
  return column(depths).mul(sixth.mul(sixth.sub(1))).add(column(charges).div(np.sqrt(squared))).sum();
}

/** Born radii of the atoms, from the distances of the pairs. */
function bornRadii(
  pick: Pick, distances: NpArray, { pairOf, offset, screened, radii, obc: [a, b, c] }: Columns['born']
): NpArray {
  // Row i holds the distances of atom i from the others.
  const r = pick(distances, pairOf).reshape([ATOM_COUNT, ATOM_COUNT - 1]);
  const s = column(screened).reshape([ATOM_COUNT, ATOM_COUNT - 1]);
  const own = column(offset).reshape([ATOM_COUNT, 1]);
  // An atom that lies within the other screens nothing: then both bounds are the same.
  const upper = np.reciprocal(np.maximum(own, r.add(s)));
  const lower = np.reciprocal(np.maximum(own, np.absolute(r.sub(s))));
  const squares = np.square(upper).sub(np.square(lower));
  const screening = lower.sub(upper).add(r.sub(np.square(s).div(r)).mul(squares).mul(0.25))
    .add(np.log(upper.div(lower)).mul(0.5).div(r));
  const psi = screening.sum(1).mul(0.5).mul(column(offset));
  const polynomial = psi.mul(np.add(a, psi.mul(psi.mul(c).sub(b))));
  return np.reciprocal(np.reciprocal(column(offset)).sub(np.tanh(polynomial).div(column(radii))));
}

/** What the solvent gains by the charges, and what it costs to make room for them. */
function solventEnergy(pick: Pick, squared: NpArray, { born, pairs }: Columns): NpArray {
  const radii = bornRadii(pick, np.sqrt(squared), born);
  const product = pick(radii, pairs.from).mul(pick(radii, pairs.to));
  const screened = np.sqrt(squared.add(product.mul(np.exp(squared.div(product).mul(-0.25)))));
  const polar = column(born.selfCharges).div(radii).sum().add(column(born.pairCharges).div(screened).sum());
  return polar.add(column(born.surface).mul(cube(np.square(column(born.radii).div(radii)))).sum());
}

function energyOf(columns: Columns, solvent: boolean, pick: Pick): (x: NpArray) => NpArray {
  const { bonds, angles, torsions, pairs } = columns;
  return (x) => {
    const positions = x.reshape([ATOM_COUNT, 3]);
    const between: Between = (from, to) => pick(positions, to).sub(pick(positions, from));
    const bonded = bondEnergy(between, bonds).add(angleEnergy(between, angles)).add(torsionEnergy(between, torsions));
    const step = between(pairs.from, pairs.to);
    const squared = dot(step, step);
    const vacuum = bonded.add(pairEnergy(squared, pairs));
    return solvent ? vacuum.add(solventEnergy(pick, squared, columns)) : vacuum;
  };
}

/** @param medium vacuum, or water as OBC1 has it */
export function alanineDipeptide(medium: 'vacuum' | 'obc1', pick: Pick = byIndex): ArrayEnergy {
  const { columns, flat } = alanineParameters();
  const dimension = 3 * ATOM_COUNT;
  const minimum = MINIMUM.flat();
  const target = defineTarget({
    name: `alanine-${medium}`,
    description: `alanine dipeptide, ff96 ${medium === 'obc1' ? 'with OBC1 and ACE' : 'in vacuum'}, Cartesian, 300 K`,
    dimension,
    energy: energyOf(columns, medium === 'obc1', pick),
    box: [-2, 2],
    base: { mean: minimum, standardDeviation: SPREAD },
  });
  return {
    target,
    points: (n) => {
      const x = new Float64Array(n * dimension);
      fillNormal(keyFromSeed(22), 0, x);
      return x.map((z, k) => minimum[k % dimension] + SPREAD * z);
    },
    constants: flat,
  };
}
