/** What a command line must never do, whatever it is given. */

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was asked to stop, as a user would who finds that it takes long. */
  readonly asked: boolean;
  /** Whether it had to be killed. */
  readonly hung: boolean;
}

const CODES = [0, 1, 2, 130];
/** Lines that go with a result, or before an error. */
const ASIDE = /^(?:note: |warning: |about |this is long|interrupted|.* is complete already$)/;
const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text.trim());

/** @returns what is wrong with an outcome; null if nothing is */
export function complaintOf({ code, signal, stderr, asked, hung }: Outcome): string | null {
  if (hung) return 'hangs';
  if (/^\s+at .*[:(]/m.test(stderr)) return `prints a stack trace: ${shortened(stderr)}`;
  if (/unexpected error/.test(stderr)) return `meets an unexpected error: ${shortened(stderr)}`;
  if (/^\(node:\d+\)/m.test(stderr)) return `prints a warning of Node: ${shortened(stderr)}`;
  // Asked before there was anything to save, it ends as the system ends it.
  if (signal !== null) return asked && signal === 'SIGINT' ? null : `is ended by ${signal}`;
  if (code === null || !CODES.includes(code)) return `exits with ${code}`;
  const lines = stderr.split('\n').filter((line) => line !== '' && !ASIDE.test(line));
  if (code === 0 || code === 130)
    return lines.length === 0 ? null : `exits with ${code} and says: ${shortened(lines.join(' | '))}`;
  if (lines.length !== 1) return `says ${lines.length} lines and not one: ${shortened(lines.join(' | '))}`;
  return lines[0].startsWith('jeffreys: ') ? null : `does not say who speaks: ${shortened(lines[0])}`;
}
