/** Long work in steps, between which a caller may look at the clock, save what there is, or stop. */

/** Work that yields wherever it may be paused, and returns its result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Called wherever work may be paused. What it throws ends the work, with nothing half done. */
export type Pause = () => Promise<void>;

export const noPause: Pause = () => Promise.resolve();

/** How a caller wants long work cut. */
export interface Cuts {
  readonly pause: Pause;
  /** Steps of the work that are to be done before the next pause: asked anew each time, and never changing a result. */
  readonly size: () => number;
}

export const uncut: Cuts = { pause: noPause, size: () => Infinity };

/** The work without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  let next = steps.next();
  while (next.done !== true) next = steps.next();
  return next.value;
}

/** The work with a pause after each of its steps. */
export async function withPauses<T>(steps: Steps<T>, pause: Pause): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    await pause();
    next = steps.next();
  }
  return next.value;
}
