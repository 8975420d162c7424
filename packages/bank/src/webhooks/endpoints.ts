/**
 * Where vendors are told: an address and a secret a vendor's endpoint, registered by the bank's operator, never by the vendor itself.
 * The secret is sealed at rest and shown once.
 * @module
 * @see https://www.standardwebhooks.com
 */
import { scanText } from '@numbra/core/guard';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import { newId } from '../store/ids.js';

export interface WebhookEndpoint {
  readonly id: string;
  readonly vendor: string;
  readonly url: string;
  readonly createdAt: Date;
}

export interface RegisteredEndpoint extends WebhookEndpoint {
  /** `whsec_…`: for the vendor, told once over another way. */
  readonly secret: string;
}

/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Registers an endpoint. What happens from now on is told there; what happened before is not.
 *
 * @throws `ERR_WEBHOOK_URL`, `ERR_WEBHOOK_VENDOR`; nothing was registered
 */
export async function addEndpoint(context: BankContext, { vendor, url }: { vendor: string; url: string }): Promise<RegisteredEndpoint> {
  // It is sent with every delivery, so it may not hold a raw identifier either.
  if (!isWebhookUrl(url) || scanText(url).length > 0) throw fail('ERR_WEBHOOK_URL');
  const id = newId(context, 'webhook');
  const secret = `whsec_${Buffer.from(context.random(SECRET_BYTES)).toString('base64')}`;
  const createdAt = new Date(context.clock());
  const [row] = await context.database.query(
    `INSERT INTO webhook_endpoint (id, vendor, url, secret, created_at)
     SELECT $1, v.id, $3, $4, $5 FROM vendor v WHERE v.id = $2 AND v.revoked_at IS NULL RETURNING 1`,
    [id, vendor, url, context.keys.store.seal(utf8.encode(secret), secretContext(id)), createdAt],
  );
  if (row === undefined) throw fail('ERR_WEBHOOK_VENDOR');
  return { id, vendor, url, createdAt, secret };
}

/** Takes an endpoint away; what waits for it is dropped. @throws `ERR_WEBHOOK_ENDPOINT` */
export async function removeEndpoint(context: BankContext, id: string): Promise<void> {
  const at = new Date(context.clock());
  await context.database.transaction(async (tx) => {
    const [row] = await tx.query('UPDATE webhook_endpoint SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL RETURNING 1', [id, at]);
    if (row === undefined) throw fail('ERR_WEBHOOK_ENDPOINT');
    await tx.query(`UPDATE webhook_delivery SET state = 'dead', settled_at = $2 WHERE endpoint = $1 AND state = 'pending'`, [id, at]);
  });
}

/** Endpoints that are in use. */
export async function listEndpoints({ database }: BankContext): Promise<WebhookEndpoint[]> {
  return database.query<WebhookEndpoint>(
    `SELECT id, vendor, url, created_at AS "createdAt" FROM webhook_endpoint WHERE removed_at IS NULL ORDER BY vendor, created_at, id`,
  );
}

/** @throws `ERR_STORE_CELL`: it was sealed under another keyring */
export function openSecret(context: BankContext, id: string, sealed: Uint8Array): string {
  const opened = context.keys.store.open(sealed, secretContext(id));
  if (opened === undefined) throw fail('ERR_STORE_CELL', { column: 'secret' });
  return Buffer.from(opened).toString('utf8');
}

function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
}

const utf8 = new TextEncoder();

function secretContext(id: string): Uint8Array {
  return utf8.encode(`webhook_endpoint\x1fsecret\x1f${id}`);
}
