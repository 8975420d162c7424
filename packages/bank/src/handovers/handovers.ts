/**
 * Handovers, as the facade offers them. The bank decides, asks the customer and seals; sending is the gateway's (`@numbra/gateway`,
 * handovers).
 * @module
 */
import { askElsewhere } from '../answers/ask-elsewhere.js';
import type { ActShared } from '../answers/record.js';
import type { RequestedApproval } from '../approvals/request.js';
import type { DecisionPoint } from '../calls/decision-point.js';
import type { BankContext } from '../context.js';
import { type BegunHandover, beginHandover, type HandoverAnswer, type HandoverRequest } from './begin.js';
import { recordSent } from './code-sent.js';
import { type ConfirmationAnswer, type ConfirmationRequest, confirmHandover } from './confirm.js';
import { type DueHandover, type HandoverAttempted, type SettledState, settleHandover, takeHandovers } from './deliveries.js';
import { lapseHandovers, tidyHandovers } from './lapse.js';
import { type MessageCarrier, sendOnce } from './message-carrier.js';
import { type HandoverBody, type HandoverQuery, type HandoverRecord, listHandovers, readHandover } from './read.js';
import { addRecipient, listRecipients, type NewRecipient, type Recipient, requestRecipient } from './recipients.js';

export interface Handovers {
  /**
   * Begins a handover and sends the customer the code, where one is needed.
   *
   * @param decisionPoint - asked before, and can only narrow; without one the policy decides alone
   * @throws `ERR_MESSAGE_CARRIER_MISSING`, `ERR_STORE_*`; nothing was begun
   */
  start(request: HandoverRequest, messages?: MessageCarrier, decisionPoint?: DecisionPoint): Promise<HandoverAnswer>;
  /** The part of `start` that takes the bank's keys: its `code` is to be sent once. Asks nobody else. See handovers/begin.ts. */
  begin(request: HandoverRequest, canSend: boolean): Promise<BegunHandover>;
  /** The code as the customer read it out. See handovers/confirm.ts. */
  confirm(request: ConfirmationRequest): Promise<ConfirmationAnswer>;
  /** A vendor's own handover, or `undefined`. */
  get(id: string, whose: { readonly vendor: string; readonly campaign: string }): Promise<HandoverBody | undefined>;
  /** For the bank's operator: the newest, without the customers. */
  list(query?: HandoverQuery): Promise<HandoverRecord[]>;
  /** For who delivers: takes up to so many whose time has come. */
  take(most: number): Promise<DueHandover[]>;
  /** For who delivers: how an attempt ended. @returns the state in which the handover ended by it; `undefined`: it goes on, or ended before */
  settle(handover: Pick<DueHandover, 'id' | 'attempt'>, attempted: HandoverAttempted): Promise<SettledState | undefined>;
  /** For who delivers: ends up to so many whose code's time is over. Returns how many. */
  lapse(most: number): Promise<number>;
  /** Deletes what was settled 90 days ago. Returns how many. */
  tidy(): Promise<number>;
  /** Registers a recipient, or gives it another key, address or title. @throws `ERR_RECIPIENT_NAME`, `ERR_RECIPIENT_ADDRESS`, `ERR_RECIPIENT_KEY`, `ERR_APPROVAL_MISSING` */
  addRecipient(recipient: NewRecipient, options?: { readonly by?: string }): Promise<Recipient>;
  /** Asks for approval of exactly this recipient, where the policy wants two people. See handovers/recipients.ts. */
  requestRecipient(recipient: NewRecipient, options: { readonly by: string; readonly why: string }): Promise<RequestedApproval>;
  recipients(): Promise<Recipient[]>;
}

export function handoversOf(context: BankContext, shared: ActShared): Handovers {
  const begin: Handovers['begin'] = (request, canSend) => beginHandover(shared, request, canSend);
  return {
    begin,
    start: startWith(context, begin),
    confirm: (request) => confirmHandover(shared, request),
    get: (id, whose) => readHandover(context.database, id, whose),
    list: (query = {}) => listHandovers(context.database, query),
    take: (most) => takeHandovers(context, most),
    settle: (handover, attempted) => settleHandover(context, handover, attempted),
    lapse: (most) => lapseHandovers(context, most),
    tidy: () => tidyHandovers(context),
    addRecipient: (recipient, { by } = {}) => addRecipient(context, recipient, by),
    requestRecipient: (recipient, options) => requestRecipient(context, recipient, options),
    recipients: () => listRecipients(context),
  };
}

/** `start` over a `begin` that may be another process's. */
export function startWith(context: BankContext, begin: Handovers['begin']): Handovers['start'] {
  return async (request, messages, decisionPoint) => {
    const { answer, code } = await begin(await askElsewhere(context, decisionPoint, 'handover', request), messages !== undefined);
    if (code === undefined || messages === undefined) return answer;
    const sent = await sendOnce(messages, { messageId: code.handover, number: code.number, text: code.text });
    const ended = await recordSent(context, code.handover, sent);
    // Certainly not sent: there is nothing to read out.
    if (sent !== 'not-sent' || answer.outcome !== 'started') return answer;
    return { ...answer, body: { ...answer.body, state: 'lapsed' }, ...(ended && { lapsed: (answer.lapsed ?? 0) + 1 }) };
  };
}
