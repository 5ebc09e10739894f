// assert.ok without a message reads the test's source to quote itself, which takes minutes in files that were compiled
// to one line.
import assert from 'node:assert/strict';

const { ok } = assert;
assert.ok = (value, message = 'it does not hold') => ok(value, message);
