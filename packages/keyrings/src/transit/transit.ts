/**
 * The Transit secrets engine of Vault and OpenBao as a key management service: keys of type `aes256-gcm96`, not exportable, deleted
 * through `deletion_allowed`.
 *
 * ```
 * createKey   POST keys/:name
 * encrypt     POST encrypt/:name            a policy should allow `update` and not `create`: `create` makes missing keys
 * decrypt     POST decrypt/:name
 * deleteKey   POST keys/:name/config {"deletion_allowed":true} · DELETE keys/:name · GET keys/:name until that is 404
 * ```
 * @module
 * @see https://openbao.org/api-docs/secret/transit/
 */
import { fail } from '../errors.js';
import { type Answer, createSender, judge, type ServerSettings } from './http.js';
import { type KeyManagementService, kmsError } from './kms.js';

export interface TransitSettings extends ServerSettings {
  /** Where the engine is mounted. Default `transit`. */
  readonly mount?: string;
}

/** As the engine's own pattern for names, and no dots alone: a name becomes part of a path. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,126}[A-Za-z0-9])?$/;
const MOUNT = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\/[A-Za-z0-9][A-Za-z0-9_-]*)*$/;
const CIPHERTEXT = /^[a-z]+:v[0-9]+:[A-Za-z0-9+/]+={0,2}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const LONGEST_CIPHERTEXT = 4096;

/**
 * A Vault or OpenBao server's Transit engine. Sends nothing yet.
 *
 * @throws `ERR_KEYRING_KMS_ADDRESS`: the address or the mount
 */
export function createTransit(settings: TransitSettings): KeyManagementService {
  const mount = settings.mount ?? 'transit';
  if (!MOUNT.test(mount)) throw fail('ERR_KEYRING_KMS_ADDRESS');
  const send = createSender(settings);
  const at = (verb: string, name: string, rest = ''): string => {
    if (!NAME.test(name)) throw fail('ERR_KEYRING_NAME_INVALID');
    return `${mount}/${verb}/${name}${rest}`;
  };
  /** Whether there is a key. The one question whose `missing` is an answer. */
  const hasKey = async (name: string): Promise<boolean> => {
    const { status } = await send('GET', at('keys', name));
    if (judge(status) === 'missing') return false;
    assertDone(status);
    return true;
  };
  /** The engine says "bad request" to a missing key as to a bad ciphertext; only asking for the key tells which. */
  const assertKey = async (name: string): Promise<void> => {
    if (!(await hasKey(name))) throw kmsError('ERR_KEYRING_KMS_KEY_MISSING');
  };
  return {
    kind: 'transit',
    async createKey(name) {
      const { status } = await send('POST', at('keys', name), { type: 'aes256-gcm96', exportable: false, allow_plaintext_backup: false });
      assertDone(status);
    },
    async encrypt(name, plaintext) {
      const answer = await send('POST', at('encrypt', name), { plaintext: Buffer.from(plaintext).toString('base64') });
      if (judge(answer.status) === 'bad-request') await assertKey(name);
      assertDone(answer.status);
      const ciphertext = textOf(answer, 'ciphertext');
      if (ciphertext.length > LONGEST_CIPHERTEXT || !CIPHERTEXT.test(ciphertext)) throw kmsError('ERR_KEYRING_KMS_ANSWER');
      return ciphertext;
    },
    async decrypt(name, ciphertext) {
      const answer = await send('POST', at('decrypt', name), { ciphertext });
      if (judge(answer.status) === 'bad-request') {
        await assertKey(name);
        throw kmsError('ERR_KEYRING_DAMAGED');
      }
      assertDone(answer.status);
      const plaintext = textOf(answer, 'plaintext');
      if (!BASE64.test(plaintext)) throw kmsError('ERR_KEYRING_KMS_ANSWER');
      return Uint8Array.from(Buffer.from(plaintext, 'base64'));
    },
    async deleteKey(name) {
      for (const step of [
        () => send('POST', at('keys', name, '/config'), { deletion_allowed: true }),
        () => send('DELETE', at('keys', name)),
      ]) {
        const verdict = judge((await step()).status);
        // Both say "bad request" to a key that is not there, which is what is wanted.
        if ((verdict === 'bad-request' || verdict === 'missing') && !(await hasKey(name))) return;
        assertVerdict(verdict === 'missing' ? 'unexpected' : verdict);
      }
      // A deletion that is believed and did not happen would make a shred a lie.
      if (await hasKey(name)) throw kmsError('ERR_KEYRING_KMS_ANSWER');
    },
  };
}

function assertDone(status: number): void {
  assertVerdict(judge(status));
}

function assertVerdict(verdict: ReturnType<typeof judge>): void {
  switch (verdict) {
    case 'done':
      return;
    case 'missing':
      throw kmsError('ERR_KEYRING_KMS_KEY_MISSING');
    case 'bad-request':
    case 'refused':
      throw kmsError('ERR_KEYRING_KMS_REFUSED');
    case 'unavailable':
      throw kmsError('ERR_KEYRING_KMS_UNAVAILABLE');
    case 'unexpected':
      throw kmsError('ERR_KEYRING_KMS_ANSWER');
    default:
      verdict satisfies never;
  }
}

/** A member of an answer's `data`. */
function textOf({ body }: Answer, member: string): string {
  const { data } = (body ?? {}) as { readonly data?: Readonly<Record<string, unknown>> };
  const text = data?.[member];
  if (typeof text !== 'string') throw kmsError('ERR_KEYRING_KMS_ANSWER');
  return text;
}
