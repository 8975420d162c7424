/**
 * The key service over a bank that was opened with its keyring.
 * @module
 */
import { narrowCampaign } from '@numbra/grants';
import type { Answers } from '../answers/answers.js';
import type { Calls } from '../calls/index.js';
import type { Campaigns } from '../campaigns/campaigns.js';
import type { BankContext } from '../context.js';
import { fail } from '../errors.js';
import type { Grants } from '../grants/grants.js';
import type { GrantOrder } from '../grants/issue.js';
import type { Handovers } from '../handovers/handovers.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import { handCampaign } from './campaign-keys.js';
import { gatewayKeyNames, type KeyService, type KeyServiceCounts } from './key-service.js';
import { openNumeric } from './numeric.js';

/** The parts of a bank that do a gateway's work for it. */
export interface KeyServiceParts {
  readonly answers: Answers;
  readonly calls: Calls;
  readonly campaigns: Campaigns;
  readonly grants: Grants;
  readonly handovers: Handovers;
  readonly webhooks: Webhooks;
}

/** The key service of this process. */
export function keyServiceOf(
  context: BankContext,
  { answers, calls, campaigns, grants, handovers, webhooks }: KeyServiceParts,
): KeyService {
  const counts: { -readonly [K in keyof KeyServiceCounts]: number } = {
    bankKeys: 0,
    campaignKeys: 0,
    numericOpened: 0,
    numericRefused: 0,
    withheld: 0,
  };
  const known: ReadonlySet<string> = new Set(gatewayKeyNames);

  /** A gateway that was taken over asks for no more than a vendor could have been granted. */
  async function withinOffer(vendor: string, granted: GrantOrder['granted']): Promise<void> {
    const offered = await grants.offer({ vendor, campaign: granted.campaign });
    if (offered === undefined) {
      counts.withheld++;
      throw fail('ERR_KEY_WITHHELD');
    }
    const { campaign, purpose, actions, window, budget } = granted;
    narrowCampaign(offered, { campaign, purpose, actions, window, budget });
  }

  return {
    async bankKey(name) {
      // Types vanish between processes: by name, whatever was sent.
      if (!known.has(name)) {
        counts.withheld++;
        throw fail('ERR_KEY_WITHHELD');
      }
      counts.bankKeys++;
      return context.keyring.bankKey(name);
    },
    async campaignKeys(campaign) {
      const handed = await handCampaign(context, campaign);
      if (handed !== undefined && handed.generations.length > 0) counts.campaignKeys++;
      return handed;
    },
    async openNumeric(campaign, token) {
      const opened = await openNumeric(context, campaign, token);
      counts[opened === undefined ? 'numericRefused' : 'numericOpened']++;
      return opened;
    },
    readList: (query) => campaigns.readList(query),
    recordOutcome: (request) => calls.recordOutcome(request),
    ask: (request) => answers.ask(request),
    beginHandover: (request, canSend) => handovers.begin(request, canSend),
    confirmHandover: (request) => handovers.confirm(request),
    async issue(order) {
      await withinOffer(order.vendor, order.granted);
      return grants.issue(order);
    },
    async exchange(order) {
      await withinOffer(order.parent.clientId, order.parent.campaign);
      return grants.exchange(order);
    },
    statusList: (issuer, list) => grants.statusList(issuer, list),
    signIntrospection: (answer, to) => grants.signIntrospection(answer, to),
    takeDeliveries: (most) => webhooks.take(most),
    sequence: () => context.ledger.sequence(),
    assertCurrent: () => context.ledger.assertCurrent(),
    counts: async () => ({ ...counts }),
  };
}
