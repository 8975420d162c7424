/**
 * The vendor's countersignature on a manifest. The desk's software cannot make one without the key, so it sends the manifest,
 * and the program what the resolver wants.
 * @module
 */
import { type Signer, signDetached } from '../key.js';
import { DeskProblem } from './problems.js';

/**
 * @param manifest - the bytes as delivered
 * @returns the resolver's body
 * @throws the problem `desk-manifest`: not a manifest of this export and campaign, so the vendor would sign something else
 */
export async function countersignature(
  manifest: Uint8Array,
  named: { readonly id: string | undefined; readonly campaign: string },
  key: Signer,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = manifestText(manifest, named);
  if (text === undefined) throw new DeskProblem('desk-manifest');
  return new TextEncoder().encode(JSON.stringify({ signature: await signDetached(key, text) }));
}

/** Equal to the bytes when it is encoded again: nothing is replaced or left out. */
function manifestText(
  bytes: Uint8Array,
  { id, campaign }: { readonly id: string | undefined; readonly campaign: string },
): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const manifest = JSON.parse(text) as Record<string, unknown> | null;
    return manifest?.['export'] === id && manifest?.['campaign'] === campaign ? text : undefined;
  } catch {
    return undefined;
  }
}
