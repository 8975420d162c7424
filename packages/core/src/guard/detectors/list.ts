/**
 * Every detector. One more is one file and one line here; list.test.ts runs over all of them.
 * @module
 */
import type { Finding } from '../finding.js';
import type { Numbers } from '../numbers.js';
import { findBankCards } from './bank-card.js';
import { findEmails } from './email.js';
import { findIbans } from './iban.js';
import { findPassports } from './passport.js';
import { findPhones } from './phone.js';
import { findResidentIds } from './resident-id.js';

/** Finds one kind in a text whose digits are read, walls raised and dates claimed. Changes nothing; its time grows with the text alone. */
export type Detector = (numbers: Numbers) => Finding[];

export const detectors: readonly Detector[] = [findPhones, findResidentIds, findBankCards, findPassports, findIbans, findEmails];
