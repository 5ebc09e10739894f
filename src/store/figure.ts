/** JSON has no NaN or infinity: a figure that is not finite is stored as null and shown as "n/a". */
export function figure(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
