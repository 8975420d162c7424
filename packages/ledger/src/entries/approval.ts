import { defineEntry } from './define.js';
import { code, digest, id, name, oneOf, optional } from './fields.js';

/** A person asked for, approved or rejected an act that takes two. */
export const approval = defineEntry('approval', {
  approval: id(),
  act: code(),
  /** Digest of what was approved, so that nothing else can be done with it. */
  request: digest(),
  decision: oneOf('requested', 'approved', 'rejected'),
  by: name(),
  campaign: optional(name()),
});
