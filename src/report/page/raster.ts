/** A grid of values as a small embedded image, once for light pages and once for dark ones. */
import * as Plot from '@observablehq/plot';
import { DARK_PALETTE, LIGHT_PALETTE, type Palette } from './colourMap.ts';
import type { Grid } from './histogram.ts';
import { pngDataUri } from './png.ts';
import type { Interval } from './window.ts';

/** Colour indices of a grid, top row first; `shade` maps a value to [0, 1], 0 showing the page. */
function colourIndices(grid: Grid, shade: (value: number) => number): Uint8Array {
  const indices = new Uint8Array(grid.width * grid.height);
  for (let y = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++) {
      const t = shade(grid.values[y * grid.width + x]);
      indices[(grid.height - 1 - y) * grid.width + x] = t > 0 ? Math.round(255 * Math.min(1, t)) : 0;
    }
  }
  return indices;
}

/** Pixels of a panel and the data it covers. */
export interface Frame {
  /** width and height inside the axes */
  readonly width: number;
  readonly height: number;
  readonly x: Interval;
  readonly y: Interval;
  readonly names: readonly [string, string];
}

/**
 * A frame `width` pixels wide with the same scale on both axes, unless that would make a ribbon of it.
 * @param tallest largest height, in widths
 */
export function frameOf(
  width: number, x: Interval, y: Interval, names: readonly [string, string], tallest = 1.5
): Frame {
  const ratio = (y.high - y.low) / (x.high - x.low);
  return { width, height: Math.round(width * Math.min(tallest, Math.max(0.6, ratio))), x, y, names };
}

/** Colours for light pages and for dark ones. */
export interface Palettes {
  readonly light: Palette;
  readonly dark: Palette;
}

const DENSITY: Palettes = { light: LIGHT_PALETTE, dark: DARK_PALETTE };

/** The image marks of a grid filling `frame`. */
export function rasterMarks(
  grid: Grid, frame: Frame, shade: (value: number) => number, { light, dark }: Palettes = DENSITY
): Plot.Markish[] {
  const indices = colourIndices(grid, shade);
  const image = (className: string, palette: Palette): Plot.Markish => {
    const uri = pngDataUri(grid.width, grid.height, indices, palette);
    return Plot.image([0], {
      className,
      x: () => (frame.x.low + frame.x.high) / 2,
      y: () => (frame.y.low + frame.y.high) / 2,
      width: frame.width,
      height: frame.height,
      src: () => uri,
      preserveAspectRatio: 'none',
    });
  };
  return [image('for-light', light), image('for-dark', dark)];
}

/** Plot options that give every panel of a row the same axes. */
export function frameOptions(frame: Frame): Plot.PlotOptions {
  const margins = { marginLeft: 32, marginRight: 6, marginTop: 6, marginBottom: 34 };
  return {
    ...margins,
    width: frame.width + margins.marginLeft + margins.marginRight,
    height: frame.height + margins.marginTop + margins.marginBottom,
    x: {
      domain: [frame.x.low, frame.x.high], label: frame.names[0], labelAnchor: 'center', labelArrow: 'none', ticks: 5
    },
    y: {
      domain: [frame.y.low, frame.y.high], label: frame.names[1], labelAnchor: 'center', labelArrow: 'none', ticks: 5
    },
  };
}
