/** Figures in plain text, as the terminal shows them. */
import type { ExtendedFigure } from '../../records/figure.ts';
import type { Estimate } from '../../records/record.ts';

/** With two digits; n/a where it is not known. */
export const percent = (value: number | null): string => (value === null ? 'n/a' : `${(100 * value).toFixed(2)} %`);
/** Fixed digits, or an exponent far from 1. */
export const number = (value: number | null, digits = 4): string => (
  value === null ? 'n/a'
    : Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : value.toFixed(digits)
);
/** With its error and, where that is in doubt, a mark; an error that is not known is not shown. */
export const plusMinus = ({ value, standardError, standing }: Estimate): string =>
  (
    value === null ? 'n/a'
      : standardError === null ? `${number(value)} (error unknown)`
        : `${number(value)} ± ${number(standardError)}${standing === 'doubtful' ? ' (doubtful)' : ''}`
  );
/** A figure that may be infinite. */
export const extended = (figure: ExtendedFigure): string => (typeof figure === 'string' ? figure : number(figure, 2));
/** How far an estimate is from what is known exactly. */
export const errors = (
  { value, standardError, exact }: { value: number | null; standardError: number | null; exact: number | null }
): string =>
  (
    value === null || standardError === null || exact === null || standardError === 0 ? ''
      : `${((value - exact) / standardError).toFixed(1)} s.e.`
  );

/** With as many digits as the error leaves, and two more. */
export function precise(value: number | null, standardError: number | null): string {
  if (value === null || standardError === null || !(standardError > 0)) return number(value);
  return value.toFixed(Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(standardError)))));
}
