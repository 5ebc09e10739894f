// npm run bench [-- <name>]: the benchmarks of `jeffreys bench`, from the sources.
import { bench } from '../src/cli/verbs/bench.ts';

await bench(process.argv[2]);
