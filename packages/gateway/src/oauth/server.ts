/**
 * The authorization server's parts, put together: who may ask, the endpoints, what verifies their grants.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { KeySource } from '@numbra/grants';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { AddressBook } from '../addresses.js';
import { useFormBodies } from '../http/bodies.js';
import { Authenticator } from './authenticate.js';
import { Clients, type ResourceServer } from './client.js';
import { introspectionRoute } from './introspect.js';
import { metadataRoutes } from './metadata.js';
import { type AuthorizationServerOptions, foreignVerifier } from './own-server.js';
import { RemoteKeys, type RemoteKeysOptions } from './remote-keys.js';
import { revocationRoute } from './revoke.js';
import { statusRoute } from './status.js';
import { tokenRoute } from './token.js';

/** What an operator chooses. */
export interface OAuthOptions {
  /** Verified grants kept in memory; 5,000 by default. */
  readonly grantsKept?: number;
  /** Servers of the bank that may introspect every grant. */
  readonly resourceServers?: readonly ResourceServer[];
  /** Where vendors' key sets may be fetched from. Without it, vendors registered by an address cannot prove themselves. */
  readonly vendorKeys?: RemoteKeysOptions;
  /** An authorization server that the bank runs already: its tokens are taken too. */
  readonly authorizationServer?: AuthorizationServerOptions;
}

interface OAuthContext {
  readonly bank: Bank;
  readonly addresses: AddressBook;
  readonly clock: () => number;
  readonly logger: Logger;
  /** The gateway ends TLS itself, and so sees client certificates. */
  readonly certificates: boolean;
}

export interface OAuthServer {
  readonly authenticator: Authenticator;
  /** The keys that a vendor signs by. */
  vendorKeys(id: string): Promise<KeySource | undefined>;
  register(app: FastifyInstance): Promise<void>;
  close(): Promise<void>;
}

export function createOAuthServer(context: OAuthContext, options: OAuthOptions): OAuthServer {
  const { bank, addresses, clock, logger, certificates } = context;
  const { vendorKeys, authorizationServer, resourceServers, grantsKept } = options;
  const remoteKeys = vendorKeys && new RemoteKeys({ ...vendorKeys, clock, logger });
  const foreignKeys =
    authorizationServer && new RemoteKeys({ hosts: [new URL(authorizationServer.jwksUri).host], ...authorizationServer, clock, logger });
  const clients = new Clients({ bank, addresses, clock, ...(remoteKeys && { remoteKeys }), ...(resourceServers && { resourceServers }) });
  const authenticator = new Authenticator({
    bank,
    addresses,
    clock,
    ...(grantsKept !== undefined && { grantsKept }),
    ...(authorizationServer && foreignKeys && { foreign: foreignVerifier(bank, authorizationServer, foreignKeys) }),
  });
  return {
    authenticator,
    vendorKeys: (id) => clients.keysOf(id),
    async register(app) {
      await app.register(async (scope) => {
        useFormBodies(scope);
        const routes = { bank, addresses, authenticator, clients, clock };
        tokenRoute(scope, routes);
        introspectionRoute(scope, routes);
        revocationRoute(scope, routes);
      });
      metadataRoutes(app, { bank, addresses, certificates });
      statusRoute(app, { bank, addresses });
    },
    async close() {
      await Promise.all([remoteKeys?.close(), foreignKeys?.close()]);
    },
  };
}
