/**
 * TLS client certificates (RFC 8705), read from the connection itself and nowhere else: a header of a proxy is only as true
 * as everybody who can reach past the proxy is honest. The bank registers by which certificate it knows a vendor.
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '@numbra/bank';
import { certificateThumbprint } from '@numbra/grants';
import type { FastifyRequest } from 'fastify';

/** A certificate whose key the client proved in the handshake. */
export interface PresentedCertificate {
  readonly certificate: X509Certificate;
  /** `x5t#S256`. */
  readonly thumbprint: string;
  /** An authority that the gateway trusts for clients has signed it, and it holds now. */
  readonly trusted: boolean;
}

const presented = new WeakMap<Socket, PresentedCertificate | 'none'>();

/** The certificate of a request's connection, or `undefined`. */
export function certificateOf(request: FastifyRequest): PresentedCertificate | undefined {
  const { socket } = request.raw;
  let known = presented.get(socket);
  if (known === undefined) {
    known = read(socket);
    presented.set(socket, known);
  }
  return known === 'none' ? undefined : known;
}

function read(socket: Socket): PresentedCertificate | 'none' {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return 'none';
  return { certificate, thumbprint: certificateThumbprint(certificate.raw), trusted: (socket as TLSSocket).authorized };
}

/** Whether a certificate is a vendor's, as the bank registered it, at a moment in milliseconds since the epoch. */
export function isRegistered(presentedNow: PresentedCertificate, registered: ClientCertificate | undefined, now: number): boolean {
  const { certificate, thumbprint, trusted } = presentedNow;
  // Connections live longer than a handshake: the time is looked at each time.
  if (registered === undefined || now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) return false;
  switch (registered.method) {
    case 'self-signed':
      return registered.thumbprints.includes(thumbprint);
    case 'pki':
      // Only names in subjectAltName, and no wildcards: a certificate for *.vendor.example is not this vendor's client.
      return trusted && certificate.checkHost(registered.dnsName, { subject: 'never', wildcards: false }) !== undefined;
    default:
      registered satisfies never;
      return false;
  }
}
