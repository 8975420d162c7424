/**
 * @numbra/verify/page: a checked receipt as a page to read and print.
 * @module
 */
export { type ReceiptPageOptions, receiptPage, receiptSection, receiptStyle } from './page.js';
