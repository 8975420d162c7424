import { describe, expect, it } from 'vitest';
import { judge } from './repeat.js';

const problem = (code: string): string => JSON.stringify({ type: `https://numbra.dev/problems/${code}` });
const answer = (status: number, code = 'x', headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers(headers),
  body: problem(code),
});

describe('an answer of the resolver', () => {
  it.each([200, 201, 400, 403, 404, 413, 415, 422, 500, 501])('%i is passed on', (status) => {
    expect(judge(answer(status))).toEqual({ next: 'pass' });
  });

  it.each(['agent-limit', 'concurrency-limit', 'probing-limit'])(
    'is passed on when it is the refusal %s, however it asks to wait',
    (code) => {
      expect(judge(answer(429, code, { 'retry-after': '1' }))).toEqual({ next: 'pass' });
    },
  );

  it('means later when the gateway is in trouble, the request is under way, or there were too many', () => {
    for (const status of [502, 503, 504]) expect(judge(answer(status, 'x', { 'retry-after': '2' }))).toEqual({ next: 'wait', seconds: 2 });
    expect(judge(answer(409, 'idempotency-key-in-use'))).toEqual({ next: 'wait' });
    expect(judge(answer(429, 'request-rate', { 'retry-after': '3' }))).toEqual({ next: 'wait', seconds: 3 });
  });

  it('means at once after 401: with the nonce, or with a new grant', () => {
    const challenge = { 'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"', 'dpop-nonce': 'n' };
    expect(judge(answer(401, 'proof-nonce-required', challenge))).toEqual({ next: 'nonce' });
    expect(judge(answer(401, 'grant-invalid', { 'www-authenticate': 'DPoP error="invalid_token"' }))).toEqual({ next: 'grant' });
    expect(judge(answer(401, 'x', { 'www-authenticate': challenge['www-authenticate'] }))).toEqual({ next: 'grant' });
  });

  it('is passed on when it says nothing that is understood', () => {
    for (const body of ['', 'null', '[]', '<html>', '{"type":7}']) expect(judge({ ...answer(429), body })).toEqual({ next: 'pass' });
  });
});
