/** Checks what the main job reports about itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2], 'utf8');
const report = JSON.parse(text); // one JSON object and nothing else, or this throws
assert.equal(report.customers, 32_000);
assert.equal(report.exports.filter(({ rows }) => rows === 32_000).length, 2);
assert.equal(report.calls.placed >= 200, true);
assert.deepEqual(
  report.refusals.map(({ vendorCode }) => vendorCode),
  ['token-invalid', 'token-invalid', 'outside-window', 'customer-unavailable', 'budget-used', 'invalid_dpop_proof'],
);
assert.equal(report.ledger.verified, true);
assert.deepEqual(report.trace, { rows: 5, named: 5 });
console.log(`main job: ${report.seconds} s, exports ${report.exports.map(({ sealMs }) => Math.round(sealMs)).join(', ')} ms of sealing`);
