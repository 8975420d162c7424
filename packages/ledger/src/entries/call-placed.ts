import { defineEntry } from './define.js';
import { id, name, optional, subject } from './fields.js';

/** The carrier took the call. */
export const callPlaced = defineEntry('call.placed', {
  call: id(),
  campaign: optional(name()),
  subject: subject(),
  carrier: optional(name()),
});
