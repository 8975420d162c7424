/**
 * The integrator's guide shows every byte of a worked example. What it shows is what stands in its vectors, what the vectors hold is what
 * the client sends, and what the client sends is what the bank accepts.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grantDigest, readKeySet, thumbprint, verifyClientAssertion, verifyGrant, verifyProof } from '@numbra/grants';
import { createVendorClient } from '@numbra/vendor-client';
import { compactVerify, importJWK, type JWK } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';

interface Vectors {
  readonly issuer: string;
  readonly resolver: string;
  readonly client_id: string;
  readonly campaign: string;
  readonly now: number;
  readonly key: JWK;
  readonly jwks: { readonly keys: readonly [JWK] };
  readonly bank_jwks: { readonly keys: readonly [JWK] };
  readonly steps: readonly Step[];
}
interface Step {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'docs/guides/vendor');
const vectors = JSON.parse(readFileSync(join(folder, 'vectors.json'), 'utf8')) as Vectors;
const guide = readFileSync(join(folder, 'integrate.md'), 'utf8');
const now = vectors.now * 1000;
const keys = readKeySet(vectors.jwks as never);

const step = (name: string): Step => vectors.steps.find((one) => one.name === name) as Step;
const [metadata, challenge, granted, call] = ['metadata', 'challenge', 'grant', 'call'].map(step) as [Step, Step, Step, Step];
const assertionOf = ({ request }: { readonly request: { readonly body: string } }): string =>
  new URLSearchParams(request.body).get('client_assertion') ?? '';
const proofOf = ({ request }: Step): string => request.headers['dpop'] ?? '';
const grant = (JSON.parse(granted.answer.body) as { access_token: string }).access_token;
const segment = (jwt: string, at: number): string => Buffer.from(jwt.split('.')[at] ?? '', 'base64url').toString();

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the guide', () => {
  const names: Readonly<Record<string, string>> = { dpop: 'DPoP', 'dpop-nonce': 'DPoP-Nonce', 'x-request-id': 'X-Request-Id' };
  const spelled = (name: string) => names[name] ?? name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
  const reasons: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 400: 'Bad Request' };
  const message = (first: readonly string[], headers: Readonly<Record<string, string>>, body: string) =>
    [...first, ...Object.entries(headers).map(([name, value]) => `${spelled(name)}: ${value}`), ...(body === '' ? [] : ['', body])].join(
      '\n',
    );
  const request = ({ request: { method, url, headers, body } }: Step) =>
    message([`${method} ${new URL(url).pathname} HTTP/1.1`, `Host: ${new URL(url).host}`], headers, body);
  const answer = ({ answer: { status, headers, body } }: Step) => message([`HTTP/1.1 ${status} ${reasons[status]}`], headers, body);

  it('shows, in its order, what stands in the vectors', () => {
    const section = guide.slice(guide.indexOf('\n## Every byte\n'), guide.indexOf('\n## Refusals\n'));
    const fences = [...section.matchAll(/^```(json|http|text)\n([\s\S]*?)\n```$/gm)].map((match) => match[2]);
    const assertion = assertionOf(granted);
    expect(fences).toEqual([
      JSON.stringify(vectors.key),
      JSON.stringify(vectors.jwks),
      request(metadata),
      answer(metadata),
      segment(assertion, 0),
      segment(assertion, 1),
      assertion,
      segment(proofOf(granted), 0),
      answer(challenge),
      segment(proofOf(granted), 1),
      request(granted),
      answer(granted),
      segment(proofOf(call), 1),
      request(call),
      answer(call),
    ]);
  });

  it('says of each problem what the gateway has, and leaves none out that a vendor can meet', async () => {
    const { problems } = await import('../packages/gateway/src/problems/table.js');
    const { problems: own } = await import('../packages/vendor-client/src/program/problems.js');
    const told = new Set([...guide.matchAll(/`([a-z][a-z-]*[a-z])`/g)].map((match) => match[1] as string));
    const refusals = Object.keys(problems).filter((code) => [401, 403, 409].includes(problems[code as keyof typeof problems].status));
    const silent = ['credentials-missing', 'outcomes-used']; // a client's defect; told by itself
    expect(refusals.filter((code) => !told.has(code) && !silent.includes(code))).toEqual([]);
    expect([...told].filter((code) => code.startsWith('desk-') && !Object.hasOwn(own, code))).toEqual([]);
  });
});

describe('the vectors', () => {
  it('are what the client sends, signatures apart', async () => {
    let drawn = 0;
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
      const view = bytes as unknown as Uint8Array;
      view.fill(0);
      view[view.length - 1] = ++drawn;
      return bytes;
    });
    const sent: Step['request'][] = [];
    const client = createVendorClient({
      issuer: vectors.issuer,
      clientId: vectors.client_id,
      key: vectors.key as never,
      campaign: vectors.campaign,
      clock: () => now,
      fetch: async (url, init) => {
        const { answer } = vectors.steps[sent.length] as Step;
        const { method = '', headers, body } = init ?? {};
        sent.push({ method, url: String(url), headers: headers as Record<string, string>, body: typeof body === 'string' ? body : '' });
        return new Response(answer.body, { status: answer.status, headers: answer.headers });
      },
    });
    const body = JSON.parse(call.request.body) as { dial_token: string; agent: string };
    const key = call.request.headers['idempotency-key'] ?? '';
    expect(await client.calls.place(body.dial_token, { agent: body.agent, idempotencyKey: key })).toMatchObject({ outcome: 'placed' });
    expect(sent.map(unsigned)).toEqual(vectors.steps.map(({ request }) => unsigned(request)));
  });

  it('are signed by the key they show: jose verifies each', async () => {
    const key = await importJWK(vectors.jwks.keys[0], 'ES256');
    for (const jwt of [assertionOf(challenge), assertionOf(granted), proofOf(challenge), proofOf(granted), proofOf(call)])
      await expect(compactVerify(jwt, key)).resolves.toBeDefined();
    await expect(compactVerify(grant, await importJWK(vectors.bank_jwks.keys[0], 'ES256'))).resolves.toBeDefined();
  });

  it('are what the bank accepts: assertion, proofs with their nonce, grant', async () => {
    const { issuer, client_id: clientId } = vectors;
    const assertion = await verifyClientAssertion(assertionOf(granted), {
      issuer,
      clientKeys: async (id) => (id === clientId ? keys : undefined),
      now,
    });
    expect(assertion).toMatchObject({ clientId, expiresAt: now + 60_000 });
    const at = { htm: 'POST', htu: granted.request.url, now };
    const nonce = challenge.answer.headers['dpop-nonce'] ?? '';
    await expect(() => verifyProof(proofOf(challenge), { ...at, nonce })).toFailWith('ERR_DPOP_NONCE');
    expect((await verifyProof(proofOf(granted), { ...at, nonce })).thumbprint).toBe(vectors.key['kid']);
    const verified = await verifyGrant(grant, { issuer, audience: vectors.resolver, keys: readKeySet(vectors.bank_jwks as never), now });
    expect(verified).toMatchObject({ clientId, thumbprint: thumbprint(vectors.jwks.keys[0] as never) });
    const onCall = { htm: 'POST', htu: call.request.url, accessToken: grant, expectedThumbprint: verified.thumbprint, now };
    expect((await verifyProof(proofOf(call), onCall)).thumbprint).toBe(vectors.key['kid']);
    expect(JSON.parse(segment(proofOf(call), 1))).toMatchObject({ ath: grantDigest(grant) });
  });
});

/** Without the signatures, which are other ones each time. */
function unsigned(request: Step['request']): unknown {
  const strip = (text: string): string => text.replaceAll(/\b(eyJ[\w-]+\.eyJ[\w-]+)\.[\w-]{86}\b/g, '$1.');
  const { authorization = '', ...headers } = request.headers;
  return {
    ...request,
    headers: { ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, strip(value)])), authorization },
    body: strip(request.body),
  };
}
