/** A first run as a library: the result, and as many weighted samples as one likes. Takes the default preset. */
import { keyFromSeed, sample } from 'jeffreys-flow';
import target from './double-well/target.ts';

const { result, proposal } = await sample(target);
const { logZ } = result.generation;
console.log(`log Z = ${logZ.value?.toFixed(4)} ± ${logZ.standardError?.toFixed(4)}, ${result.standing}`);
for await (const { first, samples, logWeights } of proposal.stream(keyFromSeed(1), 200_000)) {
  console.log(`samples ${first} to ${first + logWeights.length - 1}: ${samples.length} coordinates`);
}
