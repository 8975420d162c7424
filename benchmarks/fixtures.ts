/**
 * Names and values that every subject may use: the same in each run, and in no order.
 * @module
 */
import type { CustomerId, Name } from '@numbra/core';

/** A cast: this is a name; parsing it is not what is measured. */
export const named = (text: string): Name => text as Name;

export const identity = {
  bank: named('bank'),
  vendor: named('vendor-42'),
  purpose: named('marketing.insurance.term-life'),
  campaign: named('c-2026-11'),
};

/** A number of up to six digits for a row. */
export const scatter = (row: number): number => (row * 7_919) % 1_000_003;

export const customer = (row: number): CustomerId => `C${String(scatter(row)).padStart(8, '0')}` as CustomerId;
