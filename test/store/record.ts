import { RECORD_VERSION, type RunRecord } from '../../src/records/record.ts';

/** The record of a run that has just begun. */
export function newRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    format: 'jeffreys-flow run',
    recordVersion: RECORD_VERSION,
    versions: { node: '20' },
    target: 'three-well',
    targetFile: null,
    definition: null,
    dataHash: null,
    dimension: 2,
    preset: 'quick',
    seed: 1,
    settings: { ladder: [0.1, 1], kernel: 'mala' },
    state: 'running',
    startedAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:05.000Z',
    message: null,
    result: null,
    ...change,
  };
}
