/**
 * Alerts, as the facade offers them: what a person should look at.
 * @module
 */
import type { BankContext } from '../context.js';
import { type Alert, listAlerts, lookForAlerts } from './look.js';

export interface Alerts {
  /** Looks at today, and enters what was not entered yet. A gateway does it by itself. See alerts/look.ts. */
  look(): Promise<Alert[]>;
  /** The newest first, 500 at most. */
  list(): Promise<Alert[]>;
}

export function alertsOf(context: BankContext): Alerts {
  return { look: () => lookForAlerts(context), list: () => listAlerts(context) };
}
