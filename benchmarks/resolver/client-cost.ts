/**
 * What the vendor's client costs beyond a bare request that carries the same proof: both sign by WebCrypto and hand the request to the same
 * `fetch`, which answers at once; so only what is done around it is measured.
 */
import { createVendorClient, generateVendorKey } from '@numbra/vendor-client';
import { median, type Options, pace, race } from '../measure.js';

const ISSUER = 'https://bank.example';
const TOKEN = `nd1_${'A'.repeat(48)}`;
const CALL = JSON.stringify({ call_id: 'call_benchmark', masked_phone: '*********00', state: 'placed' });
const MICROSECONDS = 1_000_000;

const json = (body: string, status = 200): Response => new Response(body, { status, headers: { 'content-type': 'application/json' } });

const answers: typeof globalThis.fetch = async (input) => {
  const url = String(input);
  if (url.endsWith('/v1/calls')) return json(CALL, 201);
  if (url.endsWith('/oauth/token')) return json(JSON.stringify({ access_token: 'x'.repeat(900), token_type: 'DPoP', expires_in: 300 }));
  return json(JSON.stringify({ issuer: ISSUER, token_endpoint: `${ISSUER}/oauth/token`, numbra_resolver: ISSUER }));
};

/** Microseconds of processor time that a call by the client takes beyond the bare request. */
export async function clientCost(options: Options): Promise<number> {
  const { privateJwk } = await generateVendorKey();
  const client = createVendorClient({ issuer: ISSUER, clientId: 'vendor', key: privateJwk, campaign: 'c', fetch: answers });
  const parameters = { name: 'ECDSA', namedCurve: 'P-256' };
  const { kid: _kid, d, ...jwk } = privateJwk;
  const key = await crypto.subtle.importKey('jwk', { ...jwk, d }, parameters, false, ['sign']);
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  let turn = 0;

  async function bare(): Promise<unknown> {
    const claims = {
      jti: `jti-${turn++}`,
      htm: 'POST',
      htu: `${ISSUER}/v1/calls`,
      iat: Math.floor(Date.now() / 1_000),
      ath: 'A'.repeat(43),
    };
    const input = `${encode(JSON.stringify({ alg: 'ES256', typ: 'dpop+jwt', jwk }))}.${encode(JSON.stringify(claims))}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, Buffer.from(input));
    const answer = await answers(`${ISSUER}/v1/calls`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `DPoP ${'x'.repeat(900)}`,
        dpop: `${input}.${Buffer.from(signature).toString('base64url')}`,
        'idempotency-key': `key-${turn}`,
      },
      body: JSON.stringify({ dial_token: TOKEN }),
    });
    return JSON.parse(await answer.text());
  }

  const turns = await race(
    [
      { name: 'client', count: 1, work: () => client.calls.place(TOKEN, { idempotencyKey: `key-${turn++}` }) },
      { name: 'bare', count: 1, work: bare },
    ],
    pace(options),
  );
  const bares = turns.get('bare') ?? [];
  return median((turns.get('client') ?? []).map((rate, i) => MICROSECONDS / rate - MICROSECONDS / (bares[i] ?? Number.NaN)));
}
