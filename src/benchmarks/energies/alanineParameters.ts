/** The numbers of alanine dipeptide as the energy wants them: columns, in nm and in kT at 300 K. */
import {
  ANGLES, ATOMS, BONDS, NO_PAIRS, THREE_BONDS_APART, TORSIONS, type Pair, type Torsion
} from './alanineTables.ts';

export const ATOM_COUNT = ATOMS.length;
/** kJ/mol. */
export const KT = 8.314462618e-3 * 300;
/** kT to the kcal/mol. */
const KILOCALORIE = 4.184 / KT;
/** e²/(4πε₀) in kJ nm/mol, as OpenMM 7.7 has it for the pairs and, rounded, for the solvent. */
const COULOMB = 138.93545764438198;
const COULOMB_OF_SOLVENT = 138.935485;
const [SOLUTE_PERMITTIVITY, SOLVENT_PERMITTIVITY] = [1, 78.5];
/** nm that Born radii are less than what they are made from. */
const OFFSET = 0.009;
/** kJ/mol/nm² of surface, 4π times; the radius of the probe that rolls over it, nm. */
const [SURFACE_TENSION, PROBE] = [28.3919551, 0.14];
/** α, β, γ of the tanh that rescales Born radii. */
const OBC1 = [0.8, 0, 2.909125] as const;
/** Of pairs three bonds apart. */
const [COULOMB_SHARE, LENNARD_JONES_SHARE] = [1 / 1.2, 1 / 2];
const HIGHEST_MULTIPLE = 4;
/** cos(nφ) as a polynomial of cos φ, from the constant on: Chebyshev's. */
const CHEBYSHEV = [[1], [0, 1], [-1, 0, 2], [0, -3, 0, 4], [1, 0, -8, 0, 8]];

const floats = <T>(rows: readonly T[], value: (row: T, k: number) => number): Float64Array =>
  Float64Array.from(rows, value);
const places = <T>(rows: readonly T[], value: (row: T) => number): Int32Array => Int32Array.from(rows, value);

const allPairs: readonly Pair[] =
  Array.from({ length: ATOM_COUNT }, (_, i) => Array.from({ length: i }, (_, j): Pair => [j, i])).flat();

/** Torsions about the same four atoms are one, with a factor for every power of its cosine. */
function joinedTorsions(): { readonly atoms: Int32Array[]; readonly powers: Float64Array[] } {
  const byAtoms = new Map<string, Torsion[]>();
  for (const row of TORSIONS) {
    const name = row.slice(0, 4).join(' ');
    byAtoms.set(name, [...(byAtoms.get(name) ?? []), row]);
  }
  const groups = [...byAtoms.values()];
  const factor = (rows: readonly Torsion[], power: number): number =>
    rows.reduce((sum, [, , , , k, n, sign]) =>
      sum + KILOCALORIE * k * ((power === 0 ? 1 : 0) + sign * (CHEBYSHEV[n][power] ?? 0)), 0);
  return {
    atoms: [0, 1, 2, 3].map((k) => places(groups, ([row]) => row[k])),
    powers: Array.from({ length: HIGHEST_MULTIPLE + 1 }, (_, power) => floats(groups, (rows) => factor(rows, power))),
  };
}

function pairColumns(): {
  readonly from: Int32Array; readonly to: Int32Array; readonly sizes: Float64Array; readonly depths: Float64Array;
  readonly charges: Float64Array;
} {
  const share = ([i, j]: Pair, apart: number): number => {
    const among = (pairs: readonly Pair[]): boolean => pairs.some(([a, b]) => a === i && b === j);
    return among(NO_PAIRS) ? 0 : among(THREE_BONDS_APART) ? apart : 1;
  };
  /** nm. */
  const size = (i: number): number => 0.2 * 2 ** (-1 / 6) * ATOMS[i][3];
  return {
    from: places(allPairs, ([i]) => i), to: places(allPairs, ([, j]) => j),
    sizes: floats(allPairs, ([i, j]) => ((size(i) + size(j)) / 2) ** 2),
    depths: floats(allPairs, (pair) =>
      4 * share(pair, LENNARD_JONES_SHARE) * KILOCALORIE * Math.sqrt(ATOMS[pair[0]][4] * ATOMS[pair[1]][4])),
    charges: floats(allPairs, (pair) =>
      (share(pair, COULOMB_SHARE) * COULOMB * ATOMS[pair[0]][2] * ATOMS[pair[1]][2]) / KT),
  };
}

const indexOfPair = (i: number, j: number): number => (Math.max(i, j) * (Math.max(i, j) - 1)) / 2 + Math.min(i, j);

function bornColumns(): {
  readonly pairOf: Int32Array; readonly offset: Float64Array; readonly screened: Float64Array;
  readonly radii: Float64Array; readonly selfCharges: Float64Array; readonly pairCharges: Float64Array;
  readonly surface: Float64Array; readonly obc: readonly [number, number, number];
} {
  const factor = (COULOMB_OF_SOLVENT * (1 / SOLVENT_PERMITTIVITY - 1 / SOLUTE_PERMITTIVITY)) / KT;
  const others = ATOMS.flatMap((_, i) => ATOMS.flatMap((__, j): Pair[] => (i === j ? [] : [[i, j]])));
  return {
    pairOf: places(others, ([i, j]) => indexOfPair(i, j)),
    offset: floats(ATOMS, (atom) => atom[5] - OFFSET),
    screened: floats(others, ([, j]) => ATOMS[j][6] * (ATOMS[j][5] - OFFSET)),
    radii: floats(ATOMS, (atom) => atom[5]),
    selfCharges: floats(ATOMS, (atom) => 0.5 * factor * atom[2] ** 2),
    pairCharges: floats(allPairs, ([i, j]) => factor * ATOMS[i][2] * ATOMS[j][2]),
    surface: floats(ATOMS, (atom) => (SURFACE_TENSION * (atom[5] + PROBE) ** 2) / KT),
    obc: OBC1,
  };
}

const columnsOf = () => ({
  bonds: {
    from: places(BONDS, ([i]) => i), to: places(BONDS, ([, j]) => j),
    strength: floats(BONDS, ([, , k]) => 100 * KILOCALORIE * k), length: floats(BONDS, ([, , , r]) => 0.1 * r),
  },
  angles: {
    first: places(ANGLES, ([i]) => i), centre: places(ANGLES, ([, j]) => j), last: places(ANGLES, ([, , k]) => k),
    strength: floats(ANGLES, ([, , , k]) => KILOCALORIE * k), angle: floats(ANGLES, ([, , , , angle]) => angle),
  },
  torsions: joinedTorsions(),
  pairs: pairColumns(),
  born: bornColumns(),
} as const);

export type Columns = Readonly<ReturnType<typeof columnsOf>>;

export interface AlanineParameters {
  readonly columns: Columns;
  /** The same by name, `bonds.length`, `torsions.atoms0`. */
  readonly flat: Readonly<Record<string, ArrayLike<number>>>;
}

export function alanineParameters(): AlanineParameters {
  const columns = columnsOf();
  const numbered = (name: string, lists: readonly ArrayLike<number>[]): [string, ArrayLike<number>][] =>
    lists.map((values, k) => [`${name}${k}`, values]);
  const { torsions, ...others } = columns;
  const flat = Object.fromEntries([
    ...Object.entries(others).flatMap(([group, entries]) =>
      Object.entries(entries).map(([name, values]) => [`${group}.${name}`, values] as const)),
    ...numbered('torsions.atoms', torsions.atoms), ...numbered('torsions.powers', torsions.powers),
  ]);
  return { columns, flat };
}
