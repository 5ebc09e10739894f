/** JSON has no NaN and no infinity: a figure that is not finite is stored as null. */
export const storedFigure = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** An estimate as it is stored, before anyone has judged it. */
export const storedEstimate = ({ value, standardError }: {
  readonly value: number; readonly standardError: number
}): { value: number | null; standardError: number | null } =>
  ({ value: storedFigure(value), standardError: storedFigure(standardError) });

/**
 * A figure whose infinity says something, such as R̂ of chains that never move: stored as a word that `Number` reads.
 */
export type ExtendedFigure = number | 'Infinity' | '-Infinity' | null;

/** NaN is null. */
export function storedExtended(value: number): ExtendedFigure {
  if (Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** The number again; NaN for null. */
export const extendedValue = (figure: ExtendedFigure): number => (figure === null ? Number.NaN : Number(figure));
