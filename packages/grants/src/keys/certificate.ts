/**
 * Client certificates as a grant's binding (RFC 8705): the grant names the certificate's SHA-256, and TLS proves its key.
 * @module
 */
import { hash } from 'node:crypto';

/**
 * The `x5t#S256` of a client certificate, as a grant bound by `mtls` names it.
 *
 * @param certificate - DER, as TLS gives it (`socket.getPeerX509Certificate()?.raw`); never a header of a proxy that a client can reach past
 * @returns base64url, 43 characters
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3.1
 */
export function certificateThumbprint(certificate: Uint8Array): string {
  return hash('sha256', certificate, 'base64url');
}
