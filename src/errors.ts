/**
 * The one class of expected failures: bad input, named with what was wrong, where, and what would be right.
 * The command line prints its message on one line without a stack and exits with `exitCode`.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** 2 for bad input, 1 for a run that failed for a reason worth one line. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 2;
  }
}

/** What was thrown, in one line; anything can be. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message.split('\n')[0];
  if (typeof thrown === 'string') return thrown.split('\n')[0];
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  if ('message' in thrown && typeof thrown.message === 'string') return thrown.message.split('\n')[0];
  return 'an object that is no Error';
}
