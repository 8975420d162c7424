/**
 * What a vendor holds at a bank: its endpoints, the server's nonces, and one grant a campaign, asked for when needed
 * (client_credentials with private_key_jwt, RFC 7523) and bound to the vendor's key (DPoP, RFC 9449). Or what an agent holds: grants made
 * from the vendor's by exchange (RFC 8693), which name the person and are bound to a key of the person's own.
 * @module
 */
import { type Grant, judgeToken } from './answers.js';
import { isNumbraError } from './errors.js';
import { bareJwk, digest, freshId, readKey, type Signer, signJwt, type VendorKey } from './key.js';
import { type Endpoints, judgeMetadata, metadataUrl } from './metadata.js';
import { type Outgoing, settle, type Transport } from './transport.js';

export interface SessionOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly key: VendorKey;
  readonly resource: string | undefined;
  /** What grants are asked to allow; only calls by default. */
  readonly actions?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly transport: Transport;
  /** Whose grants these are; the vendor's own by default. */
  readonly agent?: { readonly name: string; readonly signer: () => Promise<Signer>; readonly vendor: Session };
}

/** A person at the vendor. */
export interface Agent {
  /** The vendor's pseudonym for the person. */
  readonly name: string;
  /** The person's own; by default one that is made in memory, cannot be read out and ends with the process. */
  readonly key?: VendorKey;
}

/** A grant in hand, and the digest of its token that proofs hold. */
export interface HeldGrant extends Grant {
  readonly digest: string;
}

export interface Session {
  endpoints(): Promise<Endpoints>;
  /** The grant of a campaign, at least {@link SPARE_SECONDS} before its end. */
  grant(campaign: string): Promise<HeldGrant>;
  /** The resolver refused this grant: the next one is asked for. */
  drop(campaign: string, grant: HeldGrant | undefined): void;
  /** A fresh proof for one request to the resolver. */
  proof(method: string, url: string, grant: HeldGrant): Promise<string>;
  keepNonce(nonce: string): void;
}

const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
};
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** The bank accepts 300; a minute is enough for one request and leaves less to steal. */
const ASSERTION_SECONDS = 60;
/** A grant is not used in its last seconds, so that it does not expire on the way. */
const SPARE_SECONDS = 10;

export function createSession(options: SessionOptions): Session {
  const { issuer, clientId, key, resource, actions = ['dial'], clock, transport, agent } = options;
  // Token endpoint and resolver may be two servers, each with nonces of its own.
  const nonces: { bank?: string; resolver?: string } = {};
  const grants = new Map<string, { readonly asked: Promise<HeldGrant>; held?: HeldGrant }>();
  const parents = new WeakMap<HeldGrant, HeldGrant>();
  const signer = once(() => readKey(key));
  /** Grants are bound to this one's key. */
  const holder = agent?.signer ?? signer;
  const endpoints = once(() => {
    const request: Outgoing = { method: 'GET', url: metadataUrl(issuer), headers: { accept: 'application/json' } };
    return settle(
      transport,
      async () => request,
      (answer) => judgeMetadata(answer, issuer, resource),
      {},
    );
  });

  async function proof(method: string, url: string, nonce: string | undefined, ath: string | undefined): Promise<string> {
    const by = await holder();
    const claims = { jti: freshId(), htm: method, htu: url, iat: seconds(clock()), ath, nonce };
    return signJwt(by, { typ: 'dpop+jwt', jwk: bareJwk(by.publicJwk) }, claims);
  }

  /** Single use, so each attempt has its own. */
  async function assertion(): Promise<string> {
    const by = await signer();
    const iat = seconds(clock());
    const claims = { iss: clientId, sub: clientId, aud: issuer, jti: freshId(), iat, exp: iat + ASSERTION_SECONDS };
    return signJwt(by, { typ: 'JWT', kid: by.publicJwk.kid }, claims);
  }

  async function ask(campaign: string): Promise<HeldGrant> {
    const { tokenEndpoint } = await endpoints();
    const details = JSON.stringify([{ type: 'numbra_campaign', campaign, actions }]);
    let parent: HeldGrant | undefined;
    const asked = async (): Promise<Record<string, string>> => {
      if (agent === undefined) return { grant_type: 'client_credentials' };
      parent = await agent.vendor.grant(campaign);
      return { ...EXCHANGE, subject_token: parent.accessToken, agent: agent.name };
    };
    const request = async (): Promise<Outgoing> => ({
      method: 'POST',
      url: tokenEndpoint,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        dpop: await proof('POST', tokenEndpoint, nonces.bank, undefined),
      },
      body: new URLSearchParams({
        ...(await asked()),
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(),
        authorization_details: details,
      }).toString(),
    });
    const keepNonce = (nonce: string) => {
      nonces.bank = nonce;
    };
    const grant = await settle(transport, request, (answer) => judgeToken(answer, clock()), { keepNonce }).catch((error: unknown) => {
      // Refused may be what it was to be made from.
      if (parent && isNumbraError(error) && error.code === 'ERR_CLIENT_GRANT_REFUSED') agent?.vendor.drop(campaign, parent);
      throw error;
    });
    const held = { ...grant, digest: await digest(grant.accessToken) };
    if (parent !== undefined) parents.set(held, parent);
    return held;
  }

  return {
    endpoints,
    async grant(campaign) {
      const known = grants.get(campaign);
      // While one is being asked for, whoever comes waits for that one.
      if (known && (!known.held || clock() < known.held.expiresAt - SPARE_SECONDS * 1000)) return known.asked;
      const entry: { asked: Promise<HeldGrant>; held?: HeldGrant } = { asked: ask(campaign) };
      grants.set(campaign, entry);
      try {
        entry.held = await entry.asked;
        return entry.held;
      } catch (error) {
        grants.delete(campaign);
        throw error;
      }
    },
    drop(campaign, grant) {
      if (grants.get(campaign)?.held === grant) grants.delete(campaign);
      // An agent's grant ends with the one that it was made from.
      const parent = grant && parents.get(grant);
      if (parent) agent?.vendor.drop(campaign, parent);
    },
    proof: (method, url, grant) => proof(method, url, nonces.resolver, grant.digest),
    keepNonce(nonce) {
      nonces.resolver = nonce;
    },
  };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** One key for all sessions of an agent. */
export function agentSigner({ key }: Agent): () => Promise<Signer> {
  const make = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return once(async () => readKey(key ?? (await make())));
}

/** Asks at the first use; a failure is not kept. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
