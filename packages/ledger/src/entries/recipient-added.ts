import { defineEntry } from './define.js';
import { hash, id, list, name, optional } from './fields.js';

/** A recipient of handovers was registered, or got another key or address. */
export const recipientAdded = defineEntry('recipient.added', {
  recipient: name(),
  /** Thumbprint of the key that handovers to it are encrypted to. */
  key: hash(),
  by: optional(name()),
  /** Where the policy wants two people for its own change: this is as weighty. */
  approvals: optional(list(id())),
});
