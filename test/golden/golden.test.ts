/**
 * Short runs of every kind give the bits that they gave before. After a change that is meant to change them, rewrite
 * the table: `npm run golden -- --write`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashesOf, kinds } from './kinds.ts';
import { processor, readTable } from './table.ts';

const table = readTable();

describe('golden runs', () => {
  for (const kind of kinds) {
    it(`${kind.name} has its bits`, async (context) => {
      const { arrays } = await hashesOf(kind);
      const elsewhere = kind.onnxruntime === true && table.processor !== processor();
      if (!elsewhere) {
        assert.deepEqual(arrays, table.kinds[kind.name], 'if it was meant: npm run golden -- --write');
        return;
      }
      context.diagnostic(`recorded on ${table.processor}, this is ${processor()}: two runs are compared instead`);
      assert.deepEqual((await hashesOf(kind)).arrays, arrays, 'the same bits twice');
      assert.deepEqual(Object.keys(arrays), Object.keys(table.kinds[kind.name]), 'the same phases');
    });
  }

  it('know every kind, and no other', () => assert.deepEqual(Object.keys(table.kinds), kinds.map(({ name }) => name)));
});
