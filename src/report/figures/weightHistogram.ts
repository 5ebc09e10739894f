/** The importance weights: how far they spread, and where the weight sits. */
import * as Plot from '@observablehq/plot';
import type { GenerationSummary, NoiseSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { formatCount, formatExtended, formatPercent } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import { figure, nothing } from '../page/page.ts';
import type { NormalisedWeights } from '../weights.ts';
import { quantile, sortedFinite } from '../page/window.ts';

interface Bar { readonly low: number; readonly high: number; readonly share: number; readonly weight: number }

const BINS = 64;

function bars(centred: Float64Array, weights: Float64Array, low: number, high: number): Bar[] {
  const width = (high - low) / BINS;
  const share = new Float64Array(BINS);
  const weight = new Float64Array(BINS);
  centred.forEach((value, i) => {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    if (!(bin >= 0)) return;
    share[bin] += 1 / centred.length;
    weight[bin] += weights[i];
  });
  return Array.from(
    share, (value, k) => ({ low: low + k * width, high: low + (k + 1) * width, share: value, weight: weight[k] })
  );
}

/** @param logWeights shape [n] @param kind what they were made of */
export function weightFigure(
  logWeights: Float64Array, normalised: NormalisedWeights, generation: GenerationSummary | null,
  kind: NoiseSummary['weights'] = 'exact'
): Markup {
  const centre = normalised.logMean;
  if (centre === null) return nothing('No usable weights were given.');
  const centred = logWeights.map((value) => (value === Infinity ? Number.NaN : value - centre));
  const sorted = sortedFinite(centred);
  const low = Math.min(-0.5, quantile(sorted, 0.002) ?? -1);
  const high = Math.max(0.5, quantile(sorted, 1) ?? 1);
  const data = bars(centred, normalised.weights, low, high);
  const shown = data.reduce((sum, bar) => sum + bar.share, 0);
  const curve = data.map((bar) => ({ at: (bar.low + bar.high) / 2, weight: 100 * bar.weight }));
  const svg = chart({
    label: `Histogram of ${logWeights.length} log-weights centred on log Z`,
    width: 760, height: 270, marginLeft: 46, marginBottom: 36, marginTop: 18, marginRight: 14,
    x: { domain: [low, high], label: 'log w − log Z (nats)', labelAnchor: 'center', labelArrow: 'none' },
    y: {
      type: 'sqrt', label: 'share (%, square-root scale)', labelAnchor: 'center', labelArrow: 'none', grid: true,
      ticks: 5
    },
    marks: [
      Plot.rect(data, {
        x1: 'low', x2: 'high', y1: () => 0, y2: (bar: Bar) => 100 * bar.share, fill: 'var(--flow)', fillOpacity: 0.35,
        inset: 0.5
      }),
      Plot.ruleX([0], { stroke: 'var(--muted)', strokeDasharray: '1 3' }),
      Plot.lineY(curve, { x: 'at', y: 'weight', stroke: 'var(--weighted)', strokeWidth: 1.8 }),
      Plot.ruleY([0], { stroke: 'var(--muted)' }),
      Plot.text([`ESS ${formatPercent(generation?.ess)}\nPareto k\u0302 ${formatExtended(generation?.paretoK)}`], {
        frameAnchor: 'top-left', dx: 8, dy: 4, fontSize: 13, fontWeight: 600, lineHeight: 1.4
      }),
    ],
  });
  const outside = 1 - shown;
  return figure(html`<h3><span style="color:var(--flow)">Share of samples</span> (bars) and <span style="color:var(--weighted)">share of the total weight</span> (line) by log-weight</h3>${svg}`,
    html`${formatCount(logWeights.length)} log-weights, centred on the log of their mean, which is the estimate of log Z. ${kind === 'exact' ? 'A perfect flow would put everything at 0.' : html`<b>They are learned (${kind}):</b> that they agree does not show that they are right; how far they are from exact ones is in the section on noise.`} Weight far to the right of the bars means that few samples carry the estimate. ${outside > 1e-6 ? `${formatPercent(outside)} of the samples lie left of the axis or have weight zero. ` : null}${normalised.unusable > 0 ? html`<span class="flag">Left out because they were not finite: ${formatCount(normalised.unusable)}.</span> ` : null}k̂ below 0.7: averages can be trusted.`);
}
