/**
 * Sealing with keys that lie in a PKCS#11 token: a batch, two calls to the token for all of it, against one row a call, as a programmer
 * would do it who takes the token for a function of one value. SoftHSM2 stands for the token: it does its work in this process, so that
 * what is measured is the calls. A token behind a network makes each call a thousand times as long, and the ratio with it.
 *
 * Left out, with a line that says so, where SoftHSM2 is not installed.
 */

import { openScope, sealReference, sealReferences } from '@numbra/core';
import { createPkcs11Keyring } from '@numbra/keyrings/pkcs11';
import { makeTokens, pin, softhsm } from '../packages/keyrings/src/pkcs11/softhsm.fixture.js';
import { customer, identity } from './fixtures.js';
import type { Benchmark, Contestant, Goal } from './measure.js';
import { pace, race, resultsOf } from './measure.js';

const BATCH = 1024;
const ONE_CALL_A_ROW = 'one call a row';
const IN_MEMORY = 'the keys in memory';

export const hsmGoals: readonly Goal[] = softhsm === undefined ? [] : [{ name: 'hsm/batch', against: ONE_CALL_A_ROW, ratio: 20 }];

export const hsmBenchmarks: Benchmark = async (options) => {
  if (softhsm === undefined) {
    process.stderr.write('hsm/batch is left out: SoftHSM2 is not installed (npm run setup:system)\n');
    return [];
  }
  const hsm = makeTokens('benchmark');
  try {
    const location = { library: hsm.library, token: 'benchmark' };
    const settings = { identity, tag: new Uint8Array(6), campaignSecret: new Uint8Array(32).fill(1) };
    const inside = await createPkcs11Keyring({ ...location, name: 'inside' }, pin, { mode: 'inside' });
    const wrap = await createPkcs11Keyring({ ...location, name: 'wrap' }, pin, { mode: 'wrap' });
    const inToken = await openScope(inside, settings);
    const inMemory = await openScope(wrap, settings);
    const ids = Array.from({ length: BATCH }, (_, i) => customer(i));
    let row = 0;
    const contestants: Contestant[] = [
      { name: 'batch', count: BATCH, work: () => sealReferences(inToken, ids) },
      { name: ONE_CALL_A_ROW, count: 1, work: () => sealReference(inToken, customer(row++ % BATCH)) },
      { name: IN_MEMORY, count: BATCH, work: () => sealReferences(inMemory, ids) },
    ];
    const turns = await race(contestants, pace(options));
    inToken.close();
    inMemory.close();
    inside.close();
    wrap.close();
    return resultsOf('hsm/batch', turns, 'batch', [ONE_CALL_A_ROW, IN_MEMORY]);
  } finally {
    hsm.remove();
  }
};
