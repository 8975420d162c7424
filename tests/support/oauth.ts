/**
 * A vendor, or a resource server of the bank, at the OAuth endpoints of a test gateway: by hand, so that each part can be wrong.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, createProof, EXCHANGE_GRANT_TYPE, type GrantKey, proofNonce } from '@numbra/grants';
import { SignJWT } from 'jose';
import { type Answer, readAnswer, type TestGateway, type TestVendor } from './gateways.js';

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Who asks. */
export type Asker = Pick<TestVendor, 'id' | 'key'>;

export async function assertionOf(audience: string, { id, key }: Asker, claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: id, sub: id, aud: audience, jti: randomUUID(), iat: now, exp: now + 60, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid })
    .sign(key.privateKey);
}

/** A proof for the token endpoint, with the server's nonce. */
export async function tokenProof(test: Pick<TestGateway, 'url' | 'bank'>, key: GrantKey): Promise<string> {
  const nonce = proofNonce(await test.bank.grants.nonceKey(), Date.now());
  return createProof({ key, htm: 'POST', htu: `${test.url}/oauth/token`, nonce, now: Date.now(), jti: randomUUID() });
}

export interface Posting {
  /** Sent by this vendor or server, with a fresh assertion; `undefined`: nobody. */
  readonly by?: Asker | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another gateway of the same bank. */
  readonly at?: string;
}

/** Posts a form to an OAuth endpoint. */
export async function postForm(
  test: Pick<TestGateway, 'url'>,
  path: string,
  form: Readonly<Record<string, string | undefined>>,
  { by, headers = {}, at = test.url }: Posting = {},
): Promise<Answer> {
  const all = {
    ...(by !== undefined && { client_assertion_type: ASSERTION_TYPE, client_assertion: await assertionOf(test.url, by) }),
    ...form,
  };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return readAnswer(
    await fetch(`${at}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(given).toString(),
    }),
  );
}

/** Exchanges a vendor's grant for an agent's. */
export async function exchange(
  test: TestGateway,
  { vendor = test.a, key, form = {} }: { vendor?: Asker; key: GrantKey; form?: Readonly<Record<string, string | undefined>> },
): Promise<Answer> {
  const asked = {
    grant_type: EXCHANGE_GRANT_TYPE,
    subject_token_type: ACCESS_TOKEN_TYPE,
    agent: 'agent-17',
    ...form,
  };
  return postForm(test, '/oauth/token', asked, { by: vendor, headers: { dpop: await tokenProof(test, key) } });
}

/** The claims of a token, unverified. */
export const claimsOf = (token: string): Record<string, unknown> & { jti: string; iat: number; exp: number } =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
