/** A deliberate fault: what of the code is replaced by what, and which tests must fail for it. */

export const areas = [
  'estimators',
  'samplers',
  'flows',
  'training',
  'pipeline',
  'verdict',
  'numerics',
  'targets',
  'engine', 'loops',
  'untuned',
] as const;
export type Area = (typeof areas)[number];

export interface Mutant {
  /** In words joined by hyphens; no two alike. */
  readonly name: string;
  /** Under src/. */
  readonly file: string;
  /** Occurs in the file exactly once, whatever the white space between its words there. */
  readonly find: string;
  /** The wrong code. */
  readonly replace: string;
  /** The test file that must fail, or two of which one must. */
  readonly test: string | readonly [string, string];
}

export interface PlacedMutant extends Mutant {
  readonly area: Area;
}

export const testsOf = ({ test }: Mutant): readonly string[] => (typeof test === 'string' ? [test] : test);

/**
 * The file with the fault in it, or why that cannot be: the code has changed since the mutant was written.
 * @param source the whole file
 */
export function mutated({ file, find, replace }: Mutant, source: string): { text: string } | { stale: string } {
  const pattern = anySpacing(find);
  const times = source.split(pattern).length - 1;
  if (times !== 1) return { stale: `what it replaces occurs ${times} times in ${file}` };
  if (find === replace) return { stale: 'it replaces code by the same code' };
  // As a function: $ has a meaning in a replacement.
  return { text: source.replace(pattern, () => replace) };
}

/** The words of a piece of code, and between them any white space, also where it has none: lines may be wrapped. */
function anySpacing(code: string): RegExp {
  const words = code.trim().match(/\w+|[^\w\s]/g) ?? [];
  const escaped = words.map((word) => word.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(escaped.join('\\s*'), 'g');
}
