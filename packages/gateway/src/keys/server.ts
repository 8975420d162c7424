/**
 * A key service on a Unix socket, beside a gateway on the same machine. Same protocol as the admin socket, other operations: nothing here
 * exports, imports, rotates or shreds.
 *
 * Who may speak is who may open the socket: mode 0600 in a folder of mode 0700, or 0660 in a folder of mode 0750 whose group is the
 * gateway's. Node cannot read the peer's credentials (SO_PEERCRED) without native code, so the file system is the check, and it is
 * looked at on both sides: see client.ts.
 * @module
 */
import type { HandedGeneration, KeyService, OpenedNumeric } from '@numbra/bank';
import type { Logger } from 'pino';
import type { Operation } from '../admin/protocol.js';
import { type AdminServer, listenAdmin, type SocketAccess } from '../admin/server.js';
import { fail } from '../errors.js';
import { type KeyOperation, keyRequests } from './schemas.js';

export interface KeySocketOptions {
  /** `owner` by default. */
  readonly access?: SocketAccess;
  readonly logger?: Pick<Logger, 'info' | 'error'>;
}

/**
 * Serves the keys of a bank to gateways on this machine.
 *
 * @throws `ERR_ADMIN_FOLDER_OPEN`, `ERR_ADMIN_SOCKET_PATH`, `ERR_ADMIN_SOCKET_IN_USE`
 */
export function listenKeys(path: string, service: KeyService, { access = 'owner', logger }: KeySocketOptions = {}): Promise<AdminServer> {
  return listenAdmin(path, operationsOf(service), logger, access);
}

/** Operations by name; each looks at its parameters first. Exported for tests. */
export function operationsOf(service: KeyService): Readonly<Record<KeyOperation, Operation>> {
  // A cast: the schema has just been passed.
  const checked =
    <P, R>(operation: KeyOperation, act: (params: P) => Promise<R>): Operation =>
    async (params) => {
      if (!keyRequests[operation](params)) throw fail('ERR_ADMIN_REQUEST');
      return act(params as P);
    };
  return {
    'bank-key': checked('bank-key', async ({ name }: { name: Parameters<KeyService['bankKey']>[0] }) =>
      handOver(await service.bankKey(name)),
    ),
    'campaign-keys': checked('campaign-keys', async ({ campaign }: { campaign: string }) => {
      const found = await service.campaignKeys(campaign);
      return found && { ...found, generations: found.generations.map(generationTold) };
    }),
    'open-numeric': checked('open-numeric', async ({ campaign, token }: { campaign: string; token: string }) => {
      const opened = await service.openNumeric(campaign, token);
      return opened && numericTold(opened);
    }),
    'read-list': checked('read-list', service.readList),
    'record-outcome': checked('record-outcome', service.recordOutcome),
    ask: checked('ask', service.ask),
    'begin-handover': checked(
      'begin-handover',
      async ({ request, canSend }: { request: Parameters<KeyService['beginHandover']>[0]; canSend: boolean }) => {
        const { answer, code } = await service.beginHandover(request, canSend);
        return { answer, ...(code && { code: { ...code, number: code.number.use(String) } }) };
      },
    ),
    'confirm-handover': checked('confirm-handover', service.confirmHandover),
    issue: checked('issue', service.issue),
    exchange: checked('exchange', service.exchange),
    'status-list': checked('status-list', ({ issuer, list }: { issuer: string; list: number }) => service.statusList(issuer, list)),
    'sign-introspection': checked(
      'sign-introspection',
      ({ answer, to }: { answer: Parameters<KeyService['signIntrospection']>[0]; to: Parameters<KeyService['signIntrospection']>[1] }) =>
        service.signIntrospection(answer, to),
    ),
    'take-deliveries': checked('take-deliveries', ({ most }: { most: number }) => service.takeDeliveries(most)),
    sequence: checked('sequence', () => service.sequence()),
    'assert-current': checked('assert-current', () => service.assertCurrent()),
    counts: checked('counts', () => service.counts()),
  };
}

/** As text for the socket, and wiped. */
function handOver(key: Uint8Array): string {
  const told = encode(key);
  key.fill(0);
  return told;
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function generationTold({ generation, tag, referenceKey, dialKey }: HandedGeneration): GenerationTold {
  return { generation, tag: encode(tag), referenceKey: handOver(referenceKey), dialKey: handOver(dialKey) };
}

const numericTold = ({ phone, ...rest }: OpenedNumeric): NumericTold => ({ ...rest, phone: phone.use(String) });

/** As it crosses the socket: bytes in base64url. */
export interface GenerationTold {
  readonly generation: number;
  readonly tag: string;
  readonly referenceKey: string;
  readonly dialKey: string;
}

/** A number crosses a socket here and with a handover's code: between two processes of one machine, for one call or message. */
export interface NumericTold {
  readonly phone: string;
  readonly rowNumber: number;
  readonly dialHash: string;
}
