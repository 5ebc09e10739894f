/** JSON has no NaN and no infinity: a figure that is not finite is stored as null. */
export const storedFigure = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** An estimate as it is stored. */
export const storedEstimate = ({ value, standardError }: { readonly value: number; readonly standardError: number }): { value: number | null; standardError: number | null } =>
  ({ value: storedFigure(value), standardError: storedFigure(standardError) });
