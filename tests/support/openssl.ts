/**
 * Certificates made by the openssl command, as a vendor's or a bank's own people make them.
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** A folder in which openssl works. */
export function pkiIn(folder: string): {
  authority(name: string): KeyPair;
  selfSigned(name: string, san?: string): KeyPair;
  signed(by: string, name: string, san: string): KeyPair;
} {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  const pair = (name: string): KeyPair => ({ key: readFileSync(at(`${name}.key`), 'utf8'), cert: readFileSync(at(`${name}.pem`), 'utf8') });
  const newKey = (name: string): string[] => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    at(`${name}.key`),
  ];
  return {
    authority(name) {
      openssl('req', '-x509', ...newKey(name), '-out', at(`${name}.pem`), '-days', '2', '-subj', `/CN=${name}`);
      return pair(name);
    },
    selfSigned(name, san) {
      const extension = san === undefined ? [] : ['-addext', `subjectAltName=${san}`];
      openssl('req', '-x509', ...newKey(name), '-out', at(`${name}.pem`), '-days', '2', '-subj', `/CN=${name}`, ...extension);
      return pair(name);
    },
    signed(by, name, san) {
      writeFileSync(
        at(`${name}.ext`),
        `subjectAltName=${san}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth,serverAuth\n`,
      );
      openssl('req', ...newKey(name), '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
      const authority = ['-CA', at(`${by}.pem`), '-CAkey', at(`${by}.key`), '-CAcreateserial'];
      openssl(
        'x509',
        '-req',
        '-in',
        at(`${name}.csr`),
        ...authority,
        '-days',
        '2',
        '-extfile',
        at(`${name}.ext`),
        '-out',
        at(`${name}.pem`),
      );
      return pair(name);
    },
  };
}
