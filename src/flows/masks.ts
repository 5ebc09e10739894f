/** Which coordinates each coupling layer transforms, given all the others. */
import { foldIn, keyFromSeed, uniform, type Key } from '../engine/random.ts';
import type { Domain } from '../targets/domain.ts';
import { alternatingMasks } from './architecture.ts';

export const maskSchemes = ['auto', 'alternating', 'single', 'random'] as const;
/**
 * `alternating`: the coordinates' halves in turn, as published. `single`: one coordinate after another given all the
 * rest. `random`: the halves of a fresh permutation for every two layers. `auto`: the target's own blocks where it
 * names some; else by the number of coordinates, see {@link automaticMasks}.
 */
export type MaskScheme = (typeof maskSchemes)[number];

/** `layers` masks. @param blocks groups that the target names, cycled through (only for `auto`) */
export function masksOf(
  domain: Domain, layers: number, scheme: MaskScheme, blocks?: readonly (readonly number[])[]
): number[][] {
  const d = domain.length;
  if (scheme === 'alternating') return alternatingMasks(d, layers);
  if (scheme === 'single') return cycle(domain.map((_, j) => [j]), layers);
  if (scheme === 'random') return randomHalves(d, layers);
  return blocks === undefined ? automaticMasks(domain, layers) : cycle(blocks, layers);
}

/**
 * In one and two dimensions the halves. Beyond, small groups given all the rest: each circle alone, then each other
 * coordinate (real or interval) alone; with fewer layers than coordinates, random halves of those.
 */
function automaticMasks(domain: Domain, layers: number): number[][] {
  const d = domain.length;
  if (d <= 2) return alternatingMasks(d, layers);
  const [circles, lines] =
    [true, false].map((circular) => domain.flatMap(({ kind }, j) => ((kind === 'torus') === circular ? [j] : [])));
  if (d <= layers) return cycle([...circles, ...lines].map((j) => [j]), layers);
  // Few layers for many circles as well: then nothing is small.
  if (circles.length + 2 > layers) return randomHalves(d, layers);
  const key = keyFromSeed(0);
  const masks: number[][] = [];
  for (let pass = 0; masks.length < layers; pass++)
    masks.push(...circles.map((j) => [j]), ...halves(permuted(lines, foldIn(key, pass))));
  return masks.slice(0, layers);
}

const cycle = (blocks: readonly (readonly number[])[], layers: number): number[][] =>
  Array.from({ length: layers }, (_, layer) => [...blocks[layer % blocks.length]]);

function randomHalves(d: number, layers: number): number[][] {
  const all = Array.from({ length: d }, (_, j) => j);
  const key = keyFromSeed(0);
  const masks = Array.from(
    { length: Math.ceil(layers / 2) }, (_, pass) => (d === 1 ? [[0], [0]] : halves(permuted(all, foldIn(key, pass))))
  ).flat();
  return masks.slice(0, layers);
}

const halves = (order: readonly number[]): number[][] => {
  const half = Math.ceil(order.length / 2);
  return [order.slice(0, half), order.slice(half)]
    .filter((part) => part.length > 0).map((part) => [...part].sort((a, b) => a - b));
};

/** Fisher and Yates's shuffle. */
function permuted(values: readonly number[], key: Key): number[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(uniform(key, i) * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}
