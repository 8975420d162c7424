/**
 * A witness's judgement (C2SP tlog-witness): it cosigns a checkpoint only when it grew out of the last one it cosigned, and so can never help a fork.
 * Pure: what to answer comes back as data. The witness stores the new head before it signs, in one atomic step with the comparison.
 *
 * ```
 * judgeCheckpoint → accepted → compare-and-set the stored head → cosign (`cosignatureLine` of @numbra/ledger) → answer
 * ```
 * @see https://c2sp.org/tlog-witness
 * @module
 */
import {
  base64Of,
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseBase64,
  parseCheckpoint,
  parseVerifierKey,
  type TreeHead,
  verifyConsistency,
} from '@numbra/ledger';
import { sha256Of, type Trust } from './trust.js';

/** A log asks: here is a checkpoint, and the proof that it grew out of the one of `oldSize`. */
export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The signed checkpoint. */
  readonly note: string;
}

/** Proof hashes in one request, by the specification. */
const MAX_PROOF = 63;

/** The body of a request to a witness. */
export const formatAddCheckpoint = ({ oldSize, proof, note }: AddCheckpoint): string =>
  [`old ${oldSize}`, ...proof.map(base64Of), '', note].join('\n');

/**
 * Reads the body of a request to a witness.
 *
 * @returns `undefined` for anything else: answer 400
 */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const blank = body.indexOf('\n\n');
  const [first = '', ...lines] = blank < 0 ? [] : body.slice(0, blank).split('\n');
  const [, digits] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  const proof = lines.map(parseBase64);
  if (digits === undefined || !Number.isSafeInteger(Number(digits)) || proof.length > MAX_PROOF) return undefined;
  if (!proof.every((hash): hash is Uint8Array => hash?.length === 32)) return undefined;
  return { oldSize: Number(digits), proof, note: body.slice(blank + 2) };
}

/** Why a witness does not cosign. `forked` and `inconsistent` are evidence: keep the request and the stored head. */
export const witnessRefusals = {
  malformed: { status: 400, sentence: 'The request is not well formed.' },
  'origin-unknown': { status: 404, sentence: 'This witness does not watch that ledger.' },
  'signature-untrusted': { status: 403, sentence: 'No trusted key of that ledger signed the checkpoint.' },
  'old-size-beyond': { status: 400, sentence: 'The old size is larger than that of the checkpoint.' },
  'size-differs': { status: 409, sentence: 'The old size is not that of the last checkpoint cosigned here.' },
  forked: { status: 409, sentence: 'The checkpoint has the size of the last one cosigned here and another root.' },
  inconsistent: { status: 422, sentence: 'The checkpoint did not grow out of the last one cosigned here.' },
} as const;

export type WitnessRefusalCode = keyof typeof witnessRefusals;

export type WitnessVerdict =
  | {
      readonly outcome: 'accepted';
      readonly checkpoint: Checkpoint;
      /** What to cosign, once the head is stored. */
      readonly text: string;
    }
  | {
      readonly outcome: 'refused';
      readonly code: WitnessRefusalCode;
      readonly status: number;
      readonly sentence: string;
      /** The size to prove from: the body of a 409. */
      readonly size?: number;
    };

const refuse = (code: WitnessRefusalCode, size?: number): WitnessVerdict => ({
  outcome: 'refused',
  code,
  ...witnessRefusals[code],
  ...(size === undefined ? {} : { size }),
});

/**
 * Judges a request.
 *
 * @param lastOf - the head last cosigned for an origin; `undefined` when there is none yet
 * @param trust - the keys of the ledgers that this witness watches
 * @returns accepted, with the text to cosign; or refused, with the status to answer
 */
export function judgeCheckpoint(
  request: AddCheckpoint,
  lastOf: (origin: string) => TreeHead | undefined,
  trust: Pick<Trust, 'logKeys' | 'sha256'>,
): WitnessVerdict {
  const { oldSize, proof, note } = request;
  const claimed = claimedOrigin(note);
  if (claimed === undefined) return refuse('malformed');
  const keys = trust.logKeys.map(parseVerifierKey);
  const logKeys = keys.filter(({ name }) => name === claimed);
  if (logKeys.length === 0) return refuse('origin-unknown');
  let checkpoint: Checkpoint;
  try {
    ({ checkpoint } = openCheckpoint(note, { logKeys, origin: claimed }));
  } catch {
    return refuse('signature-untrusted');
  }
  if (oldSize > checkpoint.size) return refuse('old-size-beyond');
  const last = lastOf(claimed);
  const lastSize = last?.size ?? 0;
  if (oldSize !== lastSize) return refuse('size-differs', lastSize);
  if (last !== undefined && checkpoint.size === lastSize && base64Of(checkpoint.root) !== base64Of(last.root))
    return refuse('forked', lastSize);
  const sha = sha256Of({ logKeys: [], sha256: trust.sha256 });
  try {
    const oldRoot = last?.root ?? sha(new Uint8Array(0));
    verifyConsistency(sha, { oldSize, oldRoot, newSize: checkpoint.size, newRoot: checkpoint.root, proof });
  } catch {
    return refuse('inconsistent');
  }
  return { outcome: 'accepted', checkpoint, text: formatCheckpoint(checkpoint) };
}

/** The origin that a note's text claims, before anything is verified: it only chooses the keys. */
function claimedOrigin(note: string): string | undefined {
  const end = note.lastIndexOf('\n\n');
  try {
    return end < 0 ? undefined : parseCheckpoint(note.slice(0, end + 1)).origin;
  } catch {
    return undefined;
  }
}
