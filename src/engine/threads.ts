/** How many threads the machine runs at once. */
import { availableParallelism } from 'node:os';

export const machineThreads = (): number => availableParallelism();
