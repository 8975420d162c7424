/**
 * An external decision point (AuthZEN Authorization API 1.0), as the resolver needs it: asked before every call, answer and handover
 * whether this vendor may act so for this campaign at all. It is told vendor, purpose, campaign and agent, never a token, a reference or a
 * customer, and it can only narrow.
 *
 * It fails closed: what does not answer in time, or not plainly yes, has denied. `createDecisionPoint` of @numbra/gateway asks one over HTTP.
 * @module
 */
import { type CustomerAction, type Evaluation, evaluationOf } from '@numbra/policy';

export interface DecisionPoint {
  /** Whether it plainly allows. A rejection counts as no. */
  permits(evaluation: Evaluation): Promise<boolean>;
}

/** An act, as much of it as is told. */
export interface ToldAct {
  readonly action: CustomerAction;
  readonly vendor: string;
  readonly campaign: { readonly id: string; readonly purpose: string };
  /** The vendor's pseudonym of the person who acts. */
  readonly agent: string | undefined;
}

/** Whether an act must be refused for want of a plain yes. Never throws. Asked outside transactions: nobody's locks wait for another system. */
export async function isDenied(point: DecisionPoint, { action, vendor, campaign, agent }: ToldAct): Promise<boolean> {
  const evaluation = evaluationOf({
    action,
    purpose: campaign.purpose,
    vendor,
    campaign: { id: campaign.id },
    ...(agent !== undefined && { agent }),
  });
  try {
    return (await point.permits(evaluation)) !== true;
  } catch {
    return true;
  }
}
