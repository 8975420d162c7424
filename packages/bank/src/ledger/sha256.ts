/**
 * SHA-256 as `@numbra/ledger` takes it, in Node's fastest form: one shot, printed as hex.
 * @module
 */
import { hash } from 'node:crypto';
import { type Sha256, sha256FromHex } from '@numbra/ledger';

export const sha256: Sha256 = sha256FromHex((bytes) => hash('sha256', bytes, 'hex'));
