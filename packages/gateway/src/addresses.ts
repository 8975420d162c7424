/**
 * The URLs under which vendors know this gateway. They are configured, or made from the address that it listens at for
 * trying out; never from a request's headers, which say what the sender likes.
 * @module
 */
import { fail } from './errors.js';

export interface Addresses {
  /** Of grants and metadata. */
  readonly issuer: string;
  /** Where calls are placed; the audience of grants. */
  readonly resource: string;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks an origin: https, or http on loopback; no path, so that well-known addresses have one place.
 *
 * @throws `ERR_GATEWAY_URL`
 */
export function checkOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const secure = url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)));
  // `origin` drops user, path and default port: equal text means that none of them was there.
  if (!secure || url.origin !== text) throw fail('ERR_GATEWAY_URL');
  return text;
}

/** Holds the addresses until they are known: with a configured issuer at once, else when the port is. */
export class AddressBook {
  #addresses: Addresses | undefined;
  readonly #resource: string | undefined;

  constructor(issuer: string | undefined, resource: string | undefined) {
    this.#resource = resource === undefined ? undefined : checkOrigin(resource);
    if (issuer !== undefined) this.#know(checkOrigin(issuer));
  }

  get known(): boolean {
    return this.#addresses !== undefined;
  }

  get current(): Addresses {
    if (this.#addresses === undefined) throw fail('ERR_GATEWAY_URL');
    return this.#addresses;
  }

  /** Listening began: an issuer that was not configured is this address, if it is on loopback. */
  listening(host: string, port: number, scheme: 'http' | 'https' = 'http'): void {
    if (this.#addresses === undefined) this.#know(checkOrigin(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`));
  }

  #know(issuer: string): void {
    this.#addresses = { issuer, resource: this.#resource ?? issuer };
  }
}
