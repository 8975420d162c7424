/**
 * IBANs (ISO 13616-1): country, two check digits, and as many characters as that country's register entry says; the whole is 1 modulo 97.
 * @module
 * @see https://www.swift.com/standards/data-standards/iban-international-bank-account-number
 */
import { classTable, foldTable, IGNORED, SEPARATOR } from '../characters.js';
import type { Finding, Work } from '../finding.js';
import type { Numbers } from '../numbers.js';

/** Length by country, from the register. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 ' +
    'IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 ' +
    'SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
/** Separators in a row inside a written IBAN. */
const MOST_SEPARATORS = 2;

/** Finds the IBANs of a text, among the places where two letters and two digits begin a run. */
export function findIbans(numbers: Numbers): Finding[] {
  const findings: Finding[] = [];
  let last = 0;
  for (const start of numbers.ibanStarts) {
    const end = ibanAt(numbers.codes, start, numbers.work);
    if (end > 0 && start >= last) {
      findings.push({ kind: 'iban', by: 'pattern', start, end });
      last = end;
    }
  }
  return findings;
}

/** @returns where the IBAN ends that begins at `start`, or -1 */
function ibanAt(codes: Uint16Array, start: number, work: Work): number {
  const foldOf = foldTable();
  const second = foldOf[codes[start + 1] as number] as number;
  if (second < 0x41) return -1;
  const country = String.fromCharCode((foldOf[codes[start] as number] as number) & ~0x20, second & ~0x20);
  const length = LENGTHS.get(country);
  if (length === undefined) return -1;
  const characters: string[] = [];
  const end = collect(codes, start, length, characters, work);
  if (end < 0 || foldOf[codes[end] as number] !== 0) return -1;
  return remainder97(characters) === 1 ? end : -1;
}

function collect(codes: Uint16Array, start: number, length: number, into: string[], work: Work): number {
  const classOf = classTable();
  const foldOf = foldTable();
  let separators = 0;
  for (let i = start; i < codes.length; i++) {
    work.steps += 1;
    const code = codes[i] as number;
    const folded = foldOf[code] as number;
    const kind = classOf[code] as number;
    if (folded !== 0) {
      const isDigit = folded <= 0x39;
      if ((into.length === 2 || into.length === 3) && !isDigit) return -1;
      into.push(String.fromCharCode(isDigit ? folded : folded & ~0x20));
      separators = 0;
      if (into.length === length) return i + 1;
    } else if (kind <= 9) {
      into.push(String(kind));
      separators = 0;
      if (into.length === length) return i + 1;
    } else if (kind !== IGNORED && (kind !== SEPARATOR || ++separators > MOST_SEPARATORS)) return -1;
  }
  return -1;
}

/** ISO 7064 MOD 97-10 over country and check digits moved to the end, A = 10 … Z = 35. */
function remainder97(characters: readonly string[]): number {
  let remainder = 0;
  for (const character of [...characters.slice(4), ...characters.slice(0, 4)]) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
