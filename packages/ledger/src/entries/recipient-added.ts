import { defineEntry } from './define.js';
import { hash, name } from './fields.js';

/** A recipient of handovers was registered, or got another key or address. */
export const recipientAdded = defineEntry('recipient.added', {
  recipient: name(),
  /** Thumbprint of the key that handovers to it are encrypted to. */
  key: hash(),
});
