/**
 * An external decision point (AuthZEN Authorization API 1.0), as the resolver needs it: asked before every call whether this vendor may dial
 * for this campaign at all. It is told vendor, purpose, campaign and agent, never a token or a customer, and it can only narrow.
 *
 * It fails closed: what does not answer in time, or not plainly yes, has denied. `createDecisionPoint` of @numbra/gateway asks one over HTTP.
 * @module
 */
import { type Evaluation, evaluationOf } from '@numbra/policy';
import type { AskedCall } from './request.js';

export interface DecisionPoint {
  /** Whether it plainly allows. A rejection counts as no. */
  permits(evaluation: Evaluation): Promise<boolean>;
}

/** Whether a call must be refused for want of a plain yes. Never throws. */
export async function isDenied(point: DecisionPoint, { grant, campaign, agent }: AskedCall): Promise<boolean> {
  const evaluation = evaluationOf({
    action: 'dial',
    purpose: campaign.purpose,
    vendor: grant.clientId,
    campaign: { id: campaign.id },
    ...(agent !== undefined && { agent: agent.pseudonym }),
  });
  try {
    return (await point.permits(evaluation)) !== true;
  } catch {
    return true;
  }
}
