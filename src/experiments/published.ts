/** The published figures (arXiv 2604.05303, single-step experiments): ESS as a fraction, L2 bias. */

export interface Published {
  readonly ess: number | null;
  readonly bias: number | null;
  readonly source: string;
}

export const publishedThetas = [0, 0.25, 0.5, 0.75, 1] as const;

const SOURCE = 'arXiv 2604.05303';

/** Per target, [ESS, bias] at each θ of {@link publishedThetas}. */
const singleStep: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  'three-well': [[0.227, 1.8e-3], [0.599, 9.5e-4], [0.825, 1.3e-3], [0.935, 1.7e-3], [0.001, 1.1e-1]],
  himmelblau: [[0.173, 4.1e-3], [0.425, 2.0e-3], [0.682, 1.9e-3], [0.723, 5.2e-3], [0.026, 3.9e-1]],
  'multiple-well': [[0.204, 3.5e-3], [0.578, 2.3e-3], [0.822, 2.1e-3], [0.92, 1.6e-3], [0.353, 4.4e-3]],
  annulus: [[0.184, 9.0e-3], [0.458, 4.1e-3], [0.703, 3.5e-3], [0.787, 2.9e-3], [0.378, 1.7e-3]],
};

/** @returns null where nothing was published */
export function publishedFigures(target: string, theta: number): Published | null {
  if (target === 'periodic-well' && theta === 0.5) return { ess: 0.96, bias: null, source: SOURCE };
  const at = publishedThetas.findIndex((value) => value === theta);
  const row = singleStep[target]?.[at];
  return row === undefined ? null : { ess: row[0], bias: row[1], source: SOURCE };
}
