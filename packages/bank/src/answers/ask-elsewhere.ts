/**
 * Asks the external decision point about an act by reference, before the act and outside its transaction.
 *
 * What it is told is what it is told of a call: not the question, nor the recipient, which are the vendor's own words until the policy
 * knows them.
 * @module
 */
import { type DecisionPoint, isDenied } from '../calls/decision-point.js';
import type { BankContext } from '../context.js';
import type { ActOrder } from './facts.js';

/** The order, marked where it must be refused for want of a plain yes. Without a decision point the policy decides alone. */
export async function askElsewhere<O extends ActOrder>(
  context: BankContext,
  point: DecisionPoint | undefined,
  action: 'answer' | 'handover',
  order: O,
): Promise<O> {
  if (point === undefined) return order;
  const { clientId: vendor, actor: agent, campaign } = order.grant;
  const keys = await context.scopes.of(campaign.campaign);
  // Refused for that; there is no purpose to ask about.
  if (keys === undefined || keys.vendor !== vendor) return order;
  return (await isDenied(point, { action, vendor, campaign: keys, agent })) ? { ...order, denied: true } : order;
}
