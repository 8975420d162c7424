/**
 * HTTP to configured hosts and nowhere else: addresses are judged when the connection is made, so neither another
 * spelling of an address nor a name that changes its answer between look-up and connection leads elsewhere; redirects are
 * not followed; time and size are bounded.
 *
 * Two checks, because each alone has a hole: the resolver's look-up never runs for an address literal, and a literal has
 * many spellings (`127.1`, `2130706433`, `[::ffff:127.0.0.1]`).
 * @see https://undici.nodejs.org/#/docs/api/Connector
 * @module
 */
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector } from 'undici';
import { fail } from '../errors.js';

/** Where an outgoing connection may end. `loopback` is this machine, `private` a network of the bank's own, `public` the rest. */
export type Network = 'loopback' | 'private' | 'public';

/** https://www.iana.org/assignments/iana-ipv4-special-registry: link-local (cloud metadata), multicast, unspecified … are in no network. */
const NETWORK_OF: Readonly<Record<string, Network>> = {
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  unicast: 'public',
};

/** The network of an address, or `undefined` when nothing may connect to it. IPv4 inside IPv6 is judged as IPv4. */
export function networkOf(address: string): Network | undefined {
  return ipaddr.isValid(address) ? NETWORK_OF[ipaddr.process(address).range()] : undefined;
}

export interface OutboundOptions {
  readonly networks: ReadonlySet<Network>;
  readonly connectTimeoutMs: number;
  /** What a refused address ends in; `ERR_CARRIER_ADDRESS_REFUSED` by default. */
  readonly refused?: () => Error;
  /** For tests: the resolver. */
  readonly lookup?: typeof resolve;
}

/** An undici dispatcher whose every connection is checked. A refused address ends in the error of `refused`. */
export function createOutbound(options: OutboundOptions): Agent {
  const { networks, connectTimeoutMs, lookup = resolve, refused = () => fail('ERR_CARRIER_ADDRESS_REFUSED') } = options;
  const allowed = (address: string): boolean => {
    const network = networkOf(address);
    return network !== undefined && networks.has(network);
  };
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    lookup(hostname, options, callback) {
      lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error) return callback(error, '', 0);
        // One refused answer refuses the name: a mixture is an attack or a mistake.
        if (found.length === 0 || !found.every(({ address }) => allowed(address))) {
          return callback(refused() as NodeJS.ErrnoException, '', 0);
        }
        if (options.all) return (callback as unknown as (e: null, all: LookupAddress[]) => void)(null, found);
        const [first] = found;
        return callback(null, first?.address ?? '', first?.family);
      });
    },
  });
  return new Agent({
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !allowed(host)) return callback(refused(), null);
      return connect(options, callback);
    },
    // A call's order must not wait behind another on one connection.
    pipelining: 1,
  });
}
