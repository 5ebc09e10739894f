/** Numbers as a reader wants them: 4 significant digits, ESS in %, "n/a" for whatever is unknown. */
import type { ExtendedFigure } from '../../records/figure.ts';
import type { Setting } from '../../records/record.ts';

export const UNKNOWN = 'n/a';

/** A figure that may be missing; NaN and infinities count as missing. */
export type Figure = number | null | undefined;

/** A figure whose infinity says something, as the record keeps it. */
export const formatExtended = (figure: ExtendedFigure | undefined, digits = 3): string =>
  (figure === 'Infinity' ? '∞' : figure === '-Infinity' ? '−∞' : formatNumber(figure, digits));

export function isKnown(value: Figure): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** The finite value, or null. */
export function known(value: Figure): number | null {
  return isKnown(value) ? value : null;
}

/** Four significant digits, whole numbers whole; powers of ten below 1e-3 and from 1e6 on. */
export function formatNumber(value: Figure, digits = 4): string {
  if (!isKnown(value)) return UNKNOWN;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 1);
  return size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits);
}

/** Two significant digits and a power of ten, for columns that span decades. */
export function formatScientific(value: Figure): string {
  return isKnown(value) ? value.toExponential(1) : UNKNOWN;
}

/** A whole number with thin spaces between thousands. */
export function formatCount(value: Figure): string {
  if (!isKnown(value)) return UNKNOWN;
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** A fraction as a percentage with three significant digits. */
export function formatPercent(fraction: Figure): string {
  if (!isKnown(fraction)) return UNKNOWN;
  const percent = 100 * fraction;
  if (percent === 0) return '0 %';
  if (percent >= 100) return `${percent.toFixed(0)} %`;
  return `${percent >= 0.001 ? Number(percent.toPrecision(3)).toString() : percent.toExponential(1)} %`;
}

/** Value ± standard error, the value rounded to the error's second digit. */
export function formatEstimate(value: Figure, standardError: Figure): string {
  if (!isKnown(value)) return UNKNOWN;
  if (!isKnown(standardError) || standardError <= 0) return formatNumber(value);
  const decimals = 1 - Math.floor(Math.log10(standardError));
  if (decimals < 0 || decimals > 8) return `${formatNumber(value)} ± ${formatNumber(standardError, 2)}`;
  return `${value.toFixed(decimals)} ± ${standardError.toFixed(decimals)}`;
}

/** A value with the decimals that its standard error gives it; five significant digits where that is unknown. */
export function formatBeside(value: Figure, standardError: Figure): string {
  if (!isKnown(value) || !isKnown(standardError) || standardError <= 0) return formatNumber(value, 5);
  const decimals = 1 - Math.floor(Math.log10(standardError));
  return decimals >= 0 && decimals <= 12 ? value.toFixed(decimals) : formatNumber(value, 5);
}

export function formatSeconds(seconds: Figure): string {
  if (!isKnown(seconds)) return UNKNOWN;
  if (seconds < 1e-3 && seconds > 0) return '< 1 ms';
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 100) return `${seconds.toPrecision(3)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 3570)
    return `${Math.floor(Math.round(seconds) / 60)} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function formatBytes(bytes: Figure): string {
  if (!isKnown(bytes)) return UNKNOWN;
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toPrecision(3)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** A setting exactly as it was given. */
export function formatSetting(value: Setting | undefined): string {
  if (value === undefined) return UNKNOWN;
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** An ISO 8601 instant to the minute, in UTC; text that is not one is left as it is. */
export function formatDate(iso: string): string {
  const instant = new Date(iso);
  if (Number.isNaN(instant.getTime())) return iso;
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Typographic minus signs for pages; plain-text output keeps the hyphen. */
export function typographic(text: string): string {
  return text.replace(/(^|[\s(e±])-(?=[\d.])/g, '$1\u2212');
}

/** |estimate − exact| in standard errors; null where any of the three is unknown or the error is 0. */
export function errorInStandardErrors(estimate: { value: Figure; standardError: Figure; exact: Figure }): number
  | null {
  const { value, standardError, exact } = estimate;
  if (!isKnown(value) || !isKnown(standardError) || !isKnown(exact) || standardError <= 0) return null;
  return Math.abs(value - exact) / standardError;
}

/** 448 k, 15.7 M: three significant digits. */
export function formatEvaluations(count: Figure): string {
  if (!isKnown(count)) return UNKNOWN;
  const short = (value: number): string => String(Number(value.toPrecision(3)));
  if (count < 999.5) return short(count);
  return count < 999_500 ? `${short(count / 1e3)} k` : `${short(count / 1e6)} M`;
}
