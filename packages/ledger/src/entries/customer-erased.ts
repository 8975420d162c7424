import { defineEntry } from './define.js';
import { name, optional, subject } from './fields.js';

/** A customer's key was deleted: from here on nothing links this customer's entries. */
export const customerErased = defineEntry('customer.erased', {
  subject: subject(),
  by: optional(name()),
});
