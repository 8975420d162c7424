import { describe, expect, it } from 'vitest';
import { type Answer, judgeGet, judgePlace, judgeToken } from './answers.js';

const problem = (type: string) => JSON.stringify({ type: `https://numbra.dev/problems/${type}`, title: 'x' });
const answer = (status: number, body: string | object = '', headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const codeOf = (verdict: ReturnType<typeof judgePlace>) => ('error' in verdict ? verdict.error.code : verdict.next);

describe('judging the answer to a call', () => {
  const placed = { call_id: 'call_1', masked_phone: '*********00', state: 'placed' };

  it.each(['placed', 'failed', 'unknown'] as const)('takes 201 with state %s for what it says', (state) => {
    const verdict = judgePlace(answer(201, { ...placed, state }, { 'x-request-id': 'r1' }));
    expect(verdict).toEqual({ next: 'done', value: { outcome: state, callId: 'call_1', maskedPhone: '*********00', requestId: 'r1' } });
  });

  it.each([
    [403, 'outside-window'],
    [403, 'campaign-closed'],
    [403, 'budget-used'],
    [429, 'agent-limit'],
    [429, 'concurrency-limit'],
    [429, 'probing-limit'],
    [403, 'token-invalid'],
    [403, 'customer-cap'],
    [403, 'customer-unavailable'],
  ] as const)('takes %i %s for a refusal, which is an answer', (status, code) => {
    const verdict = judgePlace(answer(status, problem(code)));
    expect(verdict).toEqual({ next: 'done', value: { outcome: 'refused', code, status } });
    expect(verdict.next === 'done' && verdict.value).toRefuse(code);
  });

  it('hands on how long to wait where the bank says it', () => {
    const verdict = judgePlace(answer(429, problem('agent-limit'), { 'retry-after': '120' }));
    expect(verdict).toMatchObject({ value: { outcome: 'refused', code: 'agent-limit', retryAfterSeconds: 120 } });
  });

  it('reads a date in Retry-After against the date of the answer', () => {
    const headers = { 'retry-after': 'Tue, 25 Nov 2026 10:00:30 GMT', date: 'Tue, 25 Nov 2026 10:00:00 GMT' };
    expect(judgePlace(answer(503, problem('store-unavailable'), headers))).toMatchObject({ next: 'wait', seconds: 30 });
  });

  it('asks for a new grant after a refused one, and for a new proof after use_dpop_nonce', () => {
    const challenge = (error: string) => ({ 'www-authenticate': `DPoP error="${error}", algs="ES256 EdDSA"`, 'dpop-nonce': 'n' });
    expect(judgePlace(answer(401, '', challenge('invalid_token'))).next).toBe('grant');
    expect(judgePlace(answer(401, '', challenge('use_dpop_nonce'))).next).toBe('nonce');
  });

  it.each([
    [400, problem('body-invalid'), 'ERR_CLIENT_REQUEST'],
    [403, problem('something-newer'), 'ERR_CLIENT_REQUEST'],
    [404, problem('not-found'), 'ERR_CLIENT_NOT_FOUND'],
    [409, problem('idempotency-key-in-progress'), 'ERR_CLIENT_IN_PROGRESS'],
    [422, problem('idempotency-key-reused'), 'ERR_CLIENT_IDEMPOTENCY_KEY_REUSED'],
    [500, problem('internal'), 'ERR_CLIENT_UNAVAILABLE'],
    [503, '', 'ERR_CLIENT_UNAVAILABLE'],
    [201, { ...placed, state: 'new-state' }, 'ERR_CLIENT_ANSWER'],
    [201, 'not json', 'ERR_CLIENT_ANSWER'],
    [302, '', 'ERR_CLIENT_ANSWER'],
    [200, placed, 'ERR_CLIENT_ANSWER'],
  ] as const)('judges %i as an error with a code', (status, body, code) => {
    expect(codeOf(judgePlace(answer(status, body)))).toBe(code);
  });

  it("names the bank's problem and request in an error, and copies no other text of the answer", () => {
    const verdict = judgePlace(
      answer(400, { type: 'https://numbra.dev/problems/body-invalid', detail: 'nd1_SECRET' }, { 'x-request-id': 'r9' }),
    );
    const error = 'error' in verdict ? verdict.error : undefined;
    expect(error).toMatchObject({ problem: 'body-invalid', status: 400, requestId: 'r9' });
    expect(`${error?.message}${error?.stack}`).not.toContain('SECRET');
  });
});

describe('judging a look-up', () => {
  it('returns the state, whatever it is called', () => {
    const verdict = judgeGet(answer(200, { call_id: 'call_1', masked_phone: '*********00', state: 'ended' }));
    expect(verdict).toEqual({ next: 'done', value: { callId: 'call_1', maskedPhone: '*********00', state: 'ended' } });
  });
});

describe('judging the answer of the token endpoint', () => {
  const now = 1_795_423_090_000;

  it('takes a DPoP token with its life', () => {
    const verdict = judgeToken(answer(200, { access_token: 't', token_type: 'DPoP', expires_in: 300 }), now);
    expect(verdict).toEqual({ next: 'done', value: { accessToken: 't', expiresAt: now + 300_000 } });
  });

  it('does not take a bearer token: anybody could use it', () => {
    const verdict = judgeToken(answer(200, { access_token: 't', token_type: 'Bearer', expires_in: 300 }), now);
    expect(verdict).toMatchObject({ next: 'fail', error: { code: 'ERR_CLIENT_ANSWER' } });
  });

  it('tells the OAuth error of a refusal', () => {
    const verdict = judgeToken(answer(401, { error: 'invalid_client', error_description: 'x' }), now);
    expect(verdict).toMatchObject({ next: 'fail', error: { code: 'ERR_CLIENT_GRANT_REFUSED', problem: 'invalid_client' } });
  });

  it('repeats with a nonce only when one was given', () => {
    expect(judgeToken(answer(400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': 'n' }), now).next).toBe('nonce');
    expect(judgeToken(answer(400, { error: 'use_dpop_nonce' }), now).next).toBe('fail');
  });
});
