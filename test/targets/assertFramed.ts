/** A frame's energies and gradients: by hand and as a program, against the energy itself and against differences. */
import assert from 'node:assert/strict';
import { compileEnergy } from '../../src/targets/compile.ts';
import { framedEvaluator, framedTarget, outward, type Frame } from '../../src/targets/frame.ts';
import type { Target } from '../../src/targets/target.ts';

export function close(a: number, b: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(a - b) <= tolerance * (1 + Math.abs(b)), `${what}: ${a} in place of ${b}`);
}

/** @param z points in standard units [n, d] */
export function assertFramed(target: Target, frame: Frame, z: Float64Array): void {
  const d = target.dimension;
  const n = z.length / d;
  const program = compileEnergy(framedTarget(target, frame));
  const byHand = framedEvaluator(frame, compileEnergy(target));
  const [a, b, slopes, own] = [new Float64Array(n), new Float64Array(n), new Float64Array(n * d), new Float64Array(n * d)];
  program.energiesAndGradients(z, n, a, slopes);
  byHand.energiesAndGradients(z, n, b, own);
  const [logDet, plain] = [new Float64Array(n), new Float64Array(n)];
  compileEnergy(target).energies(outward(frame, z, n, logDet), n, plain);
  a.forEach((value, i) => {
    close(value, b[i], 1e-10, 'energy');
    close(value, plain[i] - logDet[i], 1e-10, 'energy less log|det|');
  });
  const h = 1e-5;
  for (let k = 0; k < n * d; k++) {
    close(slopes[k], own[k], 1e-9, 'gradient');
    const [up, down] = [1, -1].map((sign) => {
      const values = new Float64Array(n);
      byHand.energies(z.map((value, j) => (j === k ? value + sign * h : value)), n, values);
      return values[Math.floor(k / d)];
    });
    close(slopes[k], (up - down) / (2 * h), 1e-6, 'gradient by differences');
  }
}
