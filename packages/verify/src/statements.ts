/**
 * What a checked receipt proves and what it does not, in words, in English and Chinese.
 * The second list is as much part of the answer as the first.
 * @module
 */

export type Language = 'en' | 'zh';

/** Codes of the statements: the page prints their texts, tests look at the codes. */
export const statements = {
  'in-ledger': {
    en: 'Every entry shown is in the ledger at its place, exactly as recorded.',
    zh: '所示每一条记录都在账本中的相应位置，与登记时完全一致。',
  },
  'about-this-customer': {
    en: 'Every entry shown is about the holder of this receipt.',
    zh: '所示每一条记录都与本回执的持有人有关。',
  },
  'no-gap': {
    en: 'No use is missing between the first and the last one shown.',
    zh: '从第一次到所示最后一次使用之间，没有缺失的使用。',
  },
  unchanged: {
    en: 'If you hold an older checkpoint and its consistency proof: nothing before it has changed since.',
    zh: '如果您持有更早的检查点及其一致性证明：此前的记录自那以后未被更改。',
  },
  witnessed: {
    en: 'The witness saw this very ledger, and saw it only grow.',
    zh: '见证方看到的正是这一账本，并且只见其增长。',
  },
  'end-unknown': {
    en: 'Not proven: that there was no later use. An auditor can be asked for the next one.',
    zh: '未证明：此后没有其他使用。可请审计方查询下一次使用。',
  },
  'enrolled-once': {
    en: 'Not proven: that the bank keeps this customer under one key only.',
    zh: '未证明：银行仅以一个密钥登记该客户。',
  },
  'outside-unknown': {
    en: 'Not proven: that no call was made and no data used outside this system.',
    zh: '未证明：没有在本系统之外拨打电话或使用数据。',
  },
  'no-witness': {
    en: 'Not proven: that the bank shows everybody the same ledger. No trusted witness cosigned.',
    zh: '未证明：银行向所有人出示同一账本。没有受信任的见证方联署。',
  },
  gap: {
    en: 'Uses are missing from this receipt. Ask the bank for them.',
    zh: '本回执缺少若干次使用的记录，请向银行索取。',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>;

export type StatementCode = keyof typeof statements;

/** One line that says who vouches: the bank alone, or witnesses too. */
export function signatureLine(bank: string, witnesses: readonly string[], language: Language): string {
  const names = witnesses.join(language === 'zh' ? '、' : ', ');
  if (language === 'zh') return witnesses.length === 0 ? `由银行签名（${bank}）` : `由银行签名（${bank}），并由见证方 ${names} 联署`;
  return witnesses.length === 0 ? `signed by the bank (${bank})` : `signed by the bank (${bank}), and cosigned by witness ${names}`;
}
