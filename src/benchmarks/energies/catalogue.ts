/** The energies that are measured, by name. */
import { alanineDipeptide, byIndex, byProduct } from './alanineDipeptide.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';
import { bayesianNetwork } from './bayesianNetwork.ts';
import { latticePhi4 } from './latticePhi4.ts';
import { radialVelocity } from './radialVelocity.ts';

export interface EnergyEntry {
  readonly name: string;
  /** The name of its formula, where several share one. */
  readonly formula: string;
  /**
   * Anew at every call, so that nothing is kept from one compilation to the next. @param products instead of indices,
   * where rows are picked
   */
  readonly make: (products?: boolean) => ArrayEnergy;
}

const alanine = (medium: 'vacuum' | 'obc1'): EnergyEntry => ({
  name: `alanine-${medium}`, formula: 'alanine',
  make: (products = false) => alanineDipeptide(medium, products ? byProduct : byIndex),
});

export const energyEntries: readonly EnergyEntry[] = [
  { name: 'phi4-8x8', formula: 'phi4', make: () => latticePhi4(8) },
  { name: 'phi4-32x32', formula: 'phi4', make: () => latticePhi4(32) },
  alanine('vacuum'),
  alanine('obc1'),
  { name: 'network', formula: 'network', make: () => bayesianNetwork() },
  { name: 'radial-velocity', formula: 'radial-velocity', make: () => radialVelocity() },
];
