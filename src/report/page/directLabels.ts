/** Names written at the ends of lines, moved apart where they would collide. */
import * as Plot from '@observablehq/plot';

export interface LineEnd {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly colour: string;
}

/**
 * Text marks to the right of line ends, placed on a linear axis.
 * @param range [bottom, top] of the y axis in data units
 * @param height pixels between them
 * @param toData from that linear axis to the chart's own y, for logarithmic charts
 */
export function directLabels(
  ends: readonly LineEnd[], range: readonly [number, number], height: number, toData: (y: number) => number = (y) => y
): Plot.Markish[] {
  const perPixel = (range[1] - range[0]) / height;
  const gap = 13 * perPixel;
  const sorted =
    ends.map((end) => ({ ...end, y: Math.min(range[1], Math.max(range[0], end.y)) })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) sorted[i].y = Math.max(sorted[i].y, sorted[i - 1].y + gap);
  for (let i = sorted.length - 1; i >= 0; i--) {
    const ceiling = i === sorted.length - 1 ? range[1] : sorted[i + 1].y - gap;
    sorted[i].y = Math.min(sorted[i].y, ceiling);
  }
  return sorted.map((end) => Plot.text([end], {
    x: 'x', y: (label: LineEnd) => toData(label.y), text: 'name', fill: end.colour, textAnchor: 'start', dx: 6,
    fontWeight: 600, clip: false,
  }));
}
