/**
 * Masses of the modes in every set of samples of a run on noisy energies, each in a lane of its own beside the exact
 * ones.
 */
import * as Plot from '@observablehq/plot';
import type { Estimate, GenerationSummary, NoiseSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { formatNumber, isKnown } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { MOST_MODES } from '../modeSelection.ts';
import { KIND_NAMES, type WeightKind } from './noiseFigures.ts';
import { figure } from '../page/page.ts';
import { EXACT, FLOW, key, PT, WEIGHTED, type Series, type Swatch } from '../page/series.ts';
import { uniqueLabels } from '../figures/modes.ts';

interface Lane {
  readonly series: Series;
  readonly kind: Swatch;
  /** One per mode. */
  readonly masses: readonly Estimate[];
}

interface Bar { readonly mode: string; readonly value: number; readonly low: number; readonly high: number }

/** Pixels between the lanes of a mode, and between modes. */
const LANE = 7;
const GAP = 12;

const LOOKS: Readonly<Record<WeightKind, Pick<Lane, 'kind'> & { readonly colour: string }>> = {
  'exact': { kind: 'dot', colour: WEIGHTED.colour },
  'learned-full': { kind: 'square', colour: 'var(--third)' },
  'learned-stochastic': { kind: 'triangle', colour: EXACT.colour },
};

/** reSGLD, the flow, and every kind of weights that has masses. */
function lanesOf(noise: NoiseSummary, { modes }: GenerationSummary): Lane[] {
  return [
    { series: { ...PT, name: 'reSGLD' }, kind: 'diamond', masses: modes.map(({ pt }) => pt) },
    { series: { ...FLOW, name: 'flow, unweighted' }, kind: 'ring', masses: modes.map(({ flow }) => flow) },
    ...noise.weightKinds.map(({ kind, masses }): Lane => (
      { series: { name: KIND_NAMES[kind], colour: LOOKS[kind].colour, dash: null }, kind: LOOKS[kind].kind, masses }
    )),
  ];
}

function bars({ masses }: Lane, labels: readonly string[], origins: readonly number[]): Bar[] {
  return labels.flatMap((mode, k): Bar[] => {
    const mass = masses.at(k);
    if (mass === undefined || !isKnown(mass.value)) return [];
    const value = 100 * (mass.value - origins[k]);
    const error = 200 * (isKnown(mass.standardError) ? mass.standardError : 0);
    return [{ mode, value, low: value - error, high: value + error }];
  });
}

/** The marks of a lane, `dy` pixels below the middle of its mode. */
function marksOf(shown: readonly Bar[], { series: { colour }, kind }: Lane, dy: number): Plot.Markish[] {
  const at = { x: 'value', y: 'mode', dy } as const;
  const symbol = ((): Plot.DotOptions => {
    switch (kind) {
      case 'diamond': return { symbol: 'diamond', stroke: colour, strokeWidth: 1.6, r: 3.6 };
      case 'ring': return { stroke: colour, strokeWidth: 1.6, r: 3 };
      case 'square': return { symbol: 'square', fill: colour, r: 2.8 };
      case 'triangle': return { symbol: 'triangle', fill: colour, r: 2.8 };
      default: return { fill: colour, r: 2.8 };
    }
  })();
  return [
    Plot.ruleY(shown, { x1: 'low', x2: 'high', y: 'mode', dy, stroke: colour, strokeWidth: 1.3 }),
    Plot.dot(shown, { ...at, ...symbol }),
  ];
}

/**
 * Drawn as errors where every exact mass is known, as masses elsewhere; null without modes, with too many, or without
 * any mass.
 */
export function kindMassesFigure(noise: NoiseSummary, generation: GenerationSummary): Markup | null {
  const { modes } = generation;
  if (modes.length === 0 || modes.length > MOST_MODES) return null;
  const exact = modes.map((mode) => mode.exact).filter(isKnown);
  const asErrors = exact.length === modes.length;
  const labels =
    uniqueLabels(modes).map((name, k) => (asErrors ? `${name} (${formatNumber(100 * exact[k], 3)} %)` : name));
  const lanes = lanesOf(noise, generation).map(
    (lane) => ({ lane, shown: bars(lane, labels, asErrors ? exact : modes.map(() => 0)) })
  ).filter(({ shown }) => shown.length > 0);
  if (lanes.length === 0) return null;
  const all = lanes.flatMap(({ shown }) => shown);
  const [low, high] = [Math.min(0, ...all.map((bar) => bar.low)), Math.max(0, ...all.map((bar) => bar.high))];
  const margin = 0.04 * Math.max(high - low, 1e-3);
  const row = LANE * lanes.length + GAP;
  const longest = Math.max(...labels.map((label) => label.length));
  const what = asErrors ? 'mass less the exact one (percentage points)' : 'mass (%)';
  const svg = chart({
    label: `${asErrors ? 'Error of the mass' : 'Mass'} of ${modes.length} modes: `
      + `${lanes.map(({ lane }) => lane.series.name).join(', ')}`,
    width: 860, height: 46 + row * modes.length, marginLeft: Math.min(250, 22 + 6.3 * longest), marginBottom: 38,
    marginTop: 8, marginRight: 16,
    x: {
      domain: [low - margin, high + margin], label: what, labelAnchor: 'center', labelArrow: 'none', ticks: 8,
      grid: true
    },
    y: { type: 'band', domain: labels, label: null, padding: 0, tickSize: 0 },
    marks: [
      Plot.barX(labels.filter((_, k) => k % 2 === 1), {
        x1: () => low - margin, x2: () => high + margin, y: (label: string) => label, fill: 'var(--panel)'
      }),
      Plot.ruleX([0], {
        stroke: asErrors ? EXACT.colour : 'var(--rule)', strokeDasharray: asErrors ? '4 3' : 'none', strokeWidth: 1.3
      }),
      ...lanes.flatMap(({ lane, shown }, k) => marksOf(shown, lane, LANE * (k - (lanes.length - 1) / 2))),
    ],
  });
  const learned = noise.weightKinds.some(({ kind, masses }) => kind !== 'exact' && masses.length > 0);
  const swatches = lanes.map(({ lane: { series, kind } }) => ({ series, kind }));
  return figure(html`<h3>${asErrors ? 'Errors of the modes’ masses' : 'Masses of the modes'}</h3>${key([...swatches, ...(asErrors ? [{ series: EXACT, kind: 'line' as const }] : [])])}${svg}`,
    `A row per mode${asErrors ? ', its exact mass in brackets' : ''}, a lane per set of samples; bars are `
      + 'two standard errors either '
      + `way.${learned ? ` Those of learned weights hold the scatter of the samples alone, not what the networks did not learn${asErrors ? ': such a lane can be off the dashed line by more than its bar' : ''}.` : ''}`);
}
