/**
 * The vendor's countersignature on an export's manifest: from then on it cannot say that it got another list. Where the policy says
 * `acknowledge: required`, the campaign places no call before it.
 * @module
 */
import { hash } from 'node:crypto';
import { type KeySource, thumbprint } from '@numbra/grants';
import { writeEntry } from '@numbra/ledger';
import type { NotWritten } from '../calls/answer.js';
import { beginWrite, finishWrite, type WriteRequest } from '../calls/writes.js';
import type { BankContext } from '../context.js';
import { appendEntries } from '../ledger/append.js';
import { signerOf } from '../vendors/signer.js';

export interface CountersignRequest extends WriteRequest {
  readonly export: string;
  /** Detached JWS, `header..signature`, `typ` `numbra-countersignature+jws`, over the manifest's bytes. */
  readonly signature: string;
  /** The vendor's keys; `undefined`: it has none, so that nothing it sends can be its. */
  readonly keys: KeySource | undefined;
}

export interface CountersignBody {
  readonly export: string;
  readonly campaign: string;
  readonly acknowledged: true;
}

export type CountersignAnswer =
  | { readonly outcome: 'countersigned'; readonly body: CountersignBody }
  /** No such export, or not of the grant's campaign: one answer. */
  | { readonly outcome: 'not-found' }
  /** Not this manifest's, or of none of the vendor's keys. */
  | { readonly outcome: 'signature-invalid' }
  | NotWritten;

interface ExportRow {
  readonly number: number;
  readonly manifest: string;
}

/** Verifies and keeps a countersignature. The first stays; a second is answered alike. */
export async function countersign(context: BankContext, request: CountersignRequest): Promise<CountersignAnswer> {
  const { grant, signature, export: id } = request;
  const [found] = await context.database.query<ExportRow>(
    `SELECT e.number, e.manifest FROM export e JOIN campaign c ON c.number = e.campaign
      WHERE e.id = $1 AND c.id = $2 AND c.vendor = $3 AND e.state IN ('made', 'delivered') AND e.manifest IS NOT NULL`,
    [id, grant.campaign.campaign, grant.clientId],
  );
  if (found === undefined) return { outcome: 'not-found' };
  const signer = request.keys && (await signerOf(signature, found.manifest, request.keys, 'countersignature'));
  if (signer === undefined) return { outcome: 'signature-invalid' };
  const at = context.clock();
  return context.database.transaction(async (tx) => {
    const begun = await beginWrite<CountersignBody>(tx, request, ['countersign', id, signature], null);
    if (begun.kind === 'done') return { outcome: 'countersigned', body: begun.body };
    if (begun.kind === 'not-written') return begun.answer;
    const body: CountersignBody = { export: id, campaign: grant.campaign.campaign, acknowledged: true };
    await finishWrite(tx, begun.key, 200, body);
    const [first] = await tx.query(
      'UPDATE export SET acknowledged_at = $2, countersignature = $3 WHERE number = $1 AND acknowledged_at IS NULL RETURNING 1',
      [found.number, new Date(at), signature],
    );
    if (first !== undefined) {
      const entry = {
        export: id,
        campaign: grant.campaign.campaign,
        vendor: grant.clientId,
        manifest: `sha256:${hash('sha256', found.manifest, 'hex')}`,
        key: new Uint8Array(Buffer.from(thumbprint(signer.jwk), 'base64url')),
      };
      await appendEntries(tx, [writeEntry('manifest.countersigned', entry, { at, nonce: context.random(16) })]);
    }
    return { outcome: 'countersigned', body };
  });
}
