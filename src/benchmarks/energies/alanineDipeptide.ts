/**
 * Alanine dipeptide in Cartesian coordinates: the force field ff96 in vacuum, or with the generalised Born model OBC1
 * (Onufriev, Bashford and Case 2004) and the surface term of ACE (Schaefer, Bartels and Karplus 1998). 22 atoms, 66
 * numbers in nm; the energy is in kT at 300 K. It does not change when the molecule moves or turns as a whole, so that
 * as a density it cannot be normalised: it is here to be evaluated.
 */
import { np, type Array as NpArray } from '../../engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../engine/random.ts';
import { defineTarget } from '../../targets/target.ts';
import { alanineParameters, ATOM_COUNT, type AlanineParameters, type Columns } from './alanineParameters.ts';
import { MINIMUM } from './alanineTables.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';

/** nm by which the atoms of a point are off the minimum. */
const SPREAD = 0.003;
/** Cosines of angles keep off ±1, where the angle has no derivative; no angle here comes near. */
const STRAIGHT = 1 - 1e-12;

const column = (values: Float64Array): NpArray => np.array(values);
const cube = (a: NpArray): NpArray => np.square(a).mul(a);
const dot = (a: NpArray, b: NpArray): NpArray => a.mul(b).sum(1);

/** From the atoms of one list to those of another: positions [22, 3] → [n, 3]. */
const between = (positions: NpArray, from: Int32Array, to: Int32Array): NpArray =>
  np.take(positions, np.array(to), 0).sub(np.take(positions, np.array(from), 0));

function bondEnergy(positions: NpArray, { from, to, strength, length }: Columns['bonds']): NpArray {
  const step = between(positions, from, to);
  return column(strength).mul(np.square(np.sqrt(dot(step, step)).sub(column(length)))).sum();
}

function angleEnergy(positions: NpArray, { first, centre, last, strength, angle }: Columns['angles']): NpArray {
  const [a, b] = [between(positions, centre, first), between(positions, centre, last)];
  const cosine = dot(a, b).div(np.sqrt(dot(a, a).mul(dot(b, b))));
  const bent = np.arccos(np.clip(cosine, -STRAIGHT, STRAIGHT));
  return column(strength).mul(np.square(bent.sub(column(angle)))).sum();
}

/** All phases are 0 or π: every torsion is a polynomial of the cosine of its angle. */
function torsionEnergy(positions: NpArray, { atoms: [i, j, k, l], powers }: Columns['torsions']): NpArray {
  const axis = between(positions, j, k);
  const [a, b] = [np.cross(between(positions, i, j), axis), np.cross(axis, between(positions, k, l))];
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
function bornRadii(distances: NpArray, { pairOf, offset, screened, radii, obc: [a, b, c] }: Columns['born']): NpArray {
  // Row i holds the distances of atom i from the others.
  const r = np.take(distances, np.array(pairOf), 0).reshape([ATOM_COUNT, ATOM_COUNT - 1]);
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
function solventEnergy(squared: NpArray, distances: NpArray, { born, pairs }: Columns): NpArray {
  const radii = bornRadii(distances, born);
  const product = np.take(radii, np.array(pairs.from), 0).mul(np.take(radii, np.array(pairs.to), 0));
  const screened = np.sqrt(squared.add(product.mul(np.exp(squared.div(product).mul(-0.25)))));
  const polar = column(born.selfCharges).div(radii).sum().add(column(born.pairCharges).div(screened).sum());
  return polar.add(column(born.surface).mul(cube(np.square(column(born.radii).div(radii)))).sum());
}

function energyOf({ columns }: AlanineParameters, solvent: boolean): (x: NpArray) => NpArray {
  const { bonds, angles, torsions, pairs } = columns;
  return (x) => {
    const positions = x.reshape([ATOM_COUNT, 3]);
    const step = between(positions, pairs.from, pairs.to);
    const squared = dot(step, step);
    const bonded = bondEnergy(positions, bonds).add(angleEnergy(positions, angles))
      .add(torsionEnergy(positions, torsions));
    const vacuum = bonded.add(pairEnergy(squared, pairs));
    return solvent ? vacuum.add(solventEnergy(squared, np.sqrt(squared), columns)) : vacuum;
  };
}

/** @param medium vacuum, or water as OBC1 has it */
export function alanineDipeptide(medium: 'vacuum' | 'obc1'): ArrayEnergy {
  const parameters = alanineParameters();
  const dimension = 3 * ATOM_COUNT;
  const minimum = MINIMUM.flat();
  const target = defineTarget({
    name: `alanine-${medium}`,
    description: `alanine dipeptide, ff96 ${medium === 'obc1' ? 'with OBC1 and ACE' : 'in vacuum'}, Cartesian, 300 K`,
    dimension,
    energy: energyOf(parameters, medium === 'obc1'),
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
    constants: parameters.flat,
  };
}
