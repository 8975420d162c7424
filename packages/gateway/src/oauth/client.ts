/**
 * Who asks at an OAuth endpoint: a vendor by a signed assertion (private_key_jwt, RFC 7523) or by its TLS client certificate
 * (RFC 8705 § 2), or at introspection one of the bank's resource servers by an assertion. Unknown, revoked and wrong are one
 * answer, whatever is wrong.
 * @module
 */
import type { Bank, ReplayKey, Vendor } from '@numbra/bank';
import { type Jwks, type KeySource, readKeySet, verifyClientAssertion } from '@numbra/grants';
import type { FastifyRequest } from 'fastify';
import type { AddressBook } from '../addresses.js';
import { certificateOf, isRegistered } from './certificate.js';
import { OAuthRefusal } from './errors.js';
import type { RemoteKeys } from './remote-keys.js';

export type Form = Readonly<Record<string, string>>;

/** A server of the bank that takes grants and asks here what they are worth. */
export interface ResourceServer {
  readonly id: string;
  readonly jwks: Jwks;
}

export interface ClientsOptions {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly clock: () => number;
  /** Absent: no vendor's keys are fetched. */
  readonly remoteKeys?: RemoteKeys;
  readonly resourceServers?: readonly ResourceServer[];
}

/** Who asks. */
export interface Client {
  readonly id: string;
  readonly kind: 'vendor' | 'resource-server';
  /** To be recorded as used, after every other check. */
  readonly used: readonly ReplayKey[];
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Another gateway's clock may be behind: to it the assertion is still good. */
const CLOCKS_DIFFER_MS = 10_000;

const refused = (): OAuthRefusal =>
  new OAuthRefusal('invalid_client', 'Clients authenticate by private_key_jwt, or by the certificate they are registered with.');

export class Clients {
  readonly #options: ClientsOptions;
  readonly #resourceServers: ReadonlyMap<string, KeySource>;

  constructor(options: ClientsOptions) {
    this.#options = options;
    this.#resourceServers = new Map((options.resourceServers ?? []).map(({ id, jwks }) => [id, readKeySet(jwks)]));
  }

  /**
   * Authenticates a request.
   *
   * @param resourceServers - whether they may ask here
   * @throws OAuthRefusal `invalid_client`, and what `verifyClientAssertion` throws
   */
  async authenticate(request: FastifyRequest, form: Form, resourceServers: 'too' | 'no' = 'no'): Promise<Client> {
    if (request.headers.authorization !== undefined || form['client_secret'] !== undefined) throw refused();
    const byAssertion = form['client_assertion'] !== undefined || form['client_assertion_type'] !== undefined;
    return byAssertion ? this.#byAssertion(form, resourceServers) : this.#byCertificate(request, form);
  }

  /** Records a client's assertion as used. @throws OAuthRefusal: it was used before */
  async recordUse({ used }: Client): Promise<void> {
    const fresh = await this.#options.bank.grants.recordReplays(used);
    if (!fresh.every((first) => first)) throw usedBefore();
  }

  async #byAssertion(form: Form, resourceServers: 'too' | 'no'): Promise<Client> {
    if (form['client_assertion_type'] !== ASSERTION_TYPE) throw refused();
    const { addresses, clock } = this.#options;
    const servers = resourceServers === 'too' ? this.#resourceServers : undefined;
    const { clientId, replayKey, expiresAt } = await verifyClientAssertion(form['client_assertion'] ?? '', {
      issuer: addresses.current.issuer,
      clientKeys: async (id) => servers?.get(id) ?? this.keysOf(id),
      now: clock(),
    });
    if (form['client_id'] !== undefined && form['client_id'] !== clientId) throw refused();
    const used = [{ key: replayKey, expiresAt: expiresAt + CLOCKS_DIFFER_MS }];
    return { id: clientId, kind: servers?.has(clientId) === true ? 'resource-server' : 'vendor', used };
  }

  async #byCertificate(request: FastifyRequest, form: Form): Promise<Client> {
    const id = form['client_id'];
    const certificate = certificateOf(request);
    if (id === undefined || certificate === undefined) throw refused();
    const vendor = await this.vendor(id);
    if (!isRegistered(certificate, vendor?.certificate, this.#options.clock())) throw refused();
    return { id, kind: 'vendor', used: [] };
  }

  /** A vendor that may have grants. */
  async vendor(id: string): Promise<Vendor | undefined> {
    const vendor = await this.#options.bank.vendors.get(id);
    return vendor?.revokedAt === undefined ? vendor : undefined;
  }

  /** A vendor's keys, also where they lie at an address of its own; `undefined`: no such vendor, or it has none. */
  async keysOf(id: string): Promise<KeySource | undefined> {
    const vendor = await this.vendor(id);
    if (vendor === undefined) return undefined;
    const { jwksUri, jwks } = vendor;
    if (jwksUri === undefined) return jwks.keys.length === 0 ? undefined : readKeySet(jwks);
    const { remoteKeys } = this.#options;
    return remoteKeys && ((kid, algorithm) => remoteKeys.find(jwksUri, kid, algorithm));
  }
}

export const usedBefore = (): OAuthRefusal => new OAuthRefusal('invalid_client', 'The client assertion was used before.');
