/**
 * Blind tokens (RFC 9497) over ristretto255: what a server does for each element of a client. Unproved, the whole work is one
 * multiplication; proved, a second one over public values goes into the batch's one proof.
 */
import { createRequire } from 'node:module';
import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { createOprf, createPoprf, loadGroup } from '@numbra/core/blind';
import { type Benchmark, type Goal, pace, race, resultsOf } from './measure.js';

/** One proof's elements: as many as keep a turn of the slowest peer short. */
const BATCH = 64;

const NOBLE = '@noble/curves OPRF';
const CLOUDFLARE = '@cloudflare/voprf-ts';

export const blindGoals: readonly Goal[] = [{ name: 'blind/evaluate', against: NOBLE, ratio: 8 }];

export const blindBenchmarks: Benchmark = async (options) => {
  const group = await loadGroup('ristretto255-SHA512');
  const inputs = Array.from({ length: BATCH }, (_, i) => new TextEncoder().encode(String(8_613_800_000_000 + i)));
  const info = new TextEncoder().encode('marketing.insurance');

  const oprf = createOprf(group);
  const { secretKey } = oprf.generateKey();
  const { elements } = oprf.blind(inputs);
  const one = elements.slice(0, 1);
  const unproved = await race(
    [
      { name: 'ours', count: 1, work: () => oprf.evaluate(secretKey, one) },
      { name: NOBLE, count: 1, work: () => ristretto255_oprf.oprf.blindEvaluate(secretKey, one[0] as Uint8Array) },
      { name: CLOUDFLARE, count: 1, work: createCloudflare('OPRF', secretKey, one) },
    ],
    pace(options),
  );

  const poprf = createPoprf(group, info);
  const theirs = ristretto255_oprf.poprf(info);
  const proved = await race(
    [
      { name: 'ours', count: BATCH, work: () => poprf.evaluate(secretKey, elements) },
      { name: NOBLE, count: BATCH, work: () => theirs.blindEvaluateBatch(secretKey, elements as Uint8Array[]) },
      { name: CLOUDFLARE, count: BATCH, work: createCloudflare('POPRF', secretKey, elements, info) },
    ],
    // A batch is a tenth of a second of the peers' time: a turn cannot be shorter.
    { turns: options.short ? 3 : 25, sliceMs: 10 },
  );

  return [
    ...resultsOf('blind/evaluate', unproved, 'ours', [NOBLE, CLOUDFLARE], undefined, 'elements'),
    ...resultsOf('blind/evaluate-proved', proved, 'ours', [NOBLE, CLOUDFLARE], undefined, 'elements'),
  ];
};

/** What is used of voprf-ts. Required, not imported: only its CommonJS build stands where its package says. */
interface Cloudflare {
  readonly Oprf: { readonly Suite: { readonly RISTRETTO255_SHA512: string } };
  readonly EvaluationRequest: { deserialize(suite: string, bytes: Uint8Array, provider: object): object };
  readonly OPRFServer: new (suite: string, key: Uint8Array, provider: object) => { blindEvaluate(request: object): Promise<unknown> };
  readonly POPRFServer: new (
    suite: string,
    key: Uint8Array,
    provider: object,
  ) => { blindEvaluate(request: object, info: Uint8Array): Promise<unknown> };
}

function createCloudflare(mode: 'OPRF' | 'POPRF', key: Uint8Array, elements: readonly Uint8Array[], info = new Uint8Array(0)) {
  const require = createRequire(import.meta.url);
  const voprf = require('@cloudflare/voprf-ts') as Cloudflare;
  // The one of its providers that has ristretto255.
  const { CryptoNoble: provider } = require('@cloudflare/voprf-ts/crypto-noble') as { readonly CryptoNoble: object };
  const suite = voprf.Oprf.Suite.RISTRETTO255_SHA512;
  const count = Uint8Array.of(elements.length >> 8, elements.length & 0xff);
  const request = voprf.EvaluationRequest.deserialize(suite, Buffer.concat([count, ...elements]), provider);
  if (mode === 'OPRF') {
    const server = new voprf.OPRFServer(suite, key, provider);
    return () => server.blindEvaluate(request);
  }
  const server = new voprf.POPRFServer(suite, key, provider);
  return () => server.blindEvaluate(request, info);
}
