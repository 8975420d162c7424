/**
 * The key service: what a gateway that faces the internet asks of the process that holds the keyring. It is given scope keys of live
 * campaigns and three bank keys; what takes any other key is done for it here, one act at a time, and entered where acts are entered.
 *
 * ```
 *   given      index · guard · subject · reference and dial keys of open campaigns
 *   done here  one numeric token opened, and counted · list pages · notes · questions answered · handovers begun and sealed ·
 *              grants, status lists and introspection signed ·
 *              webhook secrets of what is due · the ledger sequenced and its checkpoints signed
 *   never      root · shred keys · store · campaign secrets · the keys that sign
 * ```
 *
 * This is the interface and its form inside one process; `@numbra/gateway` carries it over a Unix socket.
 * @module
 */
import type { Phone, Sensitive } from '@numbra/core';
import type { Introspection } from '@numbra/grants';
import type { AnswerAnswer, AnswerRequest } from '../answers/ask.js';
import type { OutcomeAnswer, OutcomeRequest } from '../calls/outcome.js';
import type { ListPage, ListQuery } from '../campaigns/list-pages.js';
import type { ExchangeOrder, GrantOrder, IssuedGrant } from '../grants/issue.js';
import type { BegunHandover, HandoverRequest } from '../handovers/begin.js';
import type { ConfirmationAnswer, ConfirmationRequest } from '../handovers/confirm.js';
import type { DueDelivery } from '../webhooks/deliveries.js';

/** The bank keys that a gateway is given: equality search, the egress guard, customer keys. */
export const gatewayKeyNames = ['index', 'guard', 'subject'] as const;
export type GatewayKeyName = (typeof gatewayKeyNames)[number];

/** One generation of a campaign's keys, as it is handed over; who opens them wipes them. */
export interface HandedGeneration {
  readonly generation: number;
  /** 6 bytes. */
  readonly tag: Uint8Array;
  /** 64 bytes. */
  readonly referenceKey: Uint8Array;
  /** 64 bytes. */
  readonly dialKey: Uint8Array;
}

export interface HandedCampaign {
  readonly number: number;
  readonly vendor: string;
  readonly purpose: string;
  /** Newest first; none when the campaign is closed or shredded. */
  readonly generations: readonly HandedGeneration[];
}

/** What a numeric dial token stands for. */
export interface OpenedNumeric {
  readonly phone: Sensitive<Phone>;
  /** The row of the campaign's list. */
  readonly rowNumber: number;
  /** SHA-256 of the row's dial token, hex: by it the member is found again under the locks. */
  readonly dialHash: string;
}

/** How often each was done since the start of the process. */
export interface KeyServiceCounts {
  readonly bankKeys: number;
  readonly campaignKeys: number;
  readonly numericOpened: number;
  readonly numericRefused: number;
  readonly withheld: number;
}

export interface KeyService {
  /** A bank key; the caller wipes it. @throws `ERR_KEY_WITHHELD`: any other name */
  bankKey(name: GatewayKeyName): Promise<Uint8Array>;
  /** A campaign and, while it is open, its keys. `undefined`: there is no such campaign. */
  campaignKeys(campaign: string): Promise<HandedCampaign | undefined>;
  /**
   * Opens one numeric dial token of a campaign, which holds no phone, and the one sealed phone of its row.
   *
   * @returns `undefined` for everything else: malformed, forged, another scope's, removed, erased, of a campaign that is not open
   */
  openNumeric(campaign: string, token: string): Promise<OpenedNumeric | undefined>;
  /** A page of a vendor's own list. */
  readList(query: ListQuery): Promise<ListPage>;
  /** An outcome with a note: it is looked through with the customer's own identifiers, and sealed. */
  recordOutcome(request: OutcomeRequest): Promise<OutcomeAnswer>;
  /** Answers a question about one customer: an attribute is read, and the answer signed. */
  ask(request: AnswerRequest): Promise<AnswerAnswer>;
  /** Begins a handover; its code, with the customer's number, is the caller's to send. */
  beginHandover(request: HandoverRequest, canSend: boolean): Promise<BegunHandover>;
  /** Confirms a handover: fields are read, and sealed to the recipient. */
  confirmHandover(request: ConfirmationRequest): Promise<ConfirmationAnswer>;
  /** Issues a grant within what campaign and policy offer. @throws `ERR_DETAILS_WIDER`, `ERR_KEY_WITHHELD`: no such open campaign */
  issue(order: GrantOrder): Promise<IssuedGrant>;
  /** Exchanges a vendor's grant for an agent's. `undefined`: the parent was revoked. */
  exchange(order: ExchangeOrder): Promise<IssuedGrant | undefined>;
  statusList(issuer: string, list: number): Promise<string | undefined>;
  signIntrospection(answer: Introspection, to: { readonly issuer: string; readonly audience: string }): Promise<string>;
  /** Webhook deliveries that are due, each with its endpoint's secret. */
  takeDeliveries(most: number): Promise<DueDelivery[]>;
  /** Gives everything queued its position and publishes a checkpoint. */
  sequence(): Promise<{ readonly size: number; readonly added: number }>;
  /** @throws `ERR_LEDGER_OLDER_COPY`, `ERR_LEDGER_OTHER_COPY` */
  assertCurrent(): Promise<void>;
  /** Answers: the service is there. */
  counts(): Promise<KeyServiceCounts>;
}
