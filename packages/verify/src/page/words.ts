/**
 * The words of a receipt's page, in English and Chinese.
 * @module
 */
import type { Language } from '../statements.js';

type Words = Readonly<Record<Language, string>>;

/** What was done, by the type of its entry. A type that is not here is shown by its own name. */
export const entryWords: Readonly<Record<string, Words>> = {
  'consent.given': { en: 'Consent given', zh: '同意授权' },
  'consent.withdrawn': { en: 'Consent withdrawn', zh: '撤回同意' },
  'do-not-call.added': { en: 'Asked not to be called', zh: '要求不再致电' },
  'customer.erased': { en: 'Erased', zh: '删除' },
  'export.made': { en: 'Put on a list and delivered to a partner', zh: '列入名单并交付合作方' },
  'export.abandoned': { en: 'Prepared for a list that never left', zh: '曾列入名单，名单未交付' },
  'call.authorized': { en: 'Call allowed', zh: '允许拨打电话' },
  'call.placed': { en: 'Call placed', zh: '已拨打电话' },
  'call.failed': { en: 'Call not placed', zh: '电话未拨出' },
  'call.ended': { en: 'Call ended', zh: '通话结束' },
  'call.outcome': { en: 'Outcome, as the partner noted it', zh: '合作方登记的通话结果' },
  'call.refused': { en: 'Refused', zh: '已拒绝' },
  refusals: { en: 'Refused, counted with others', zh: '已拒绝（合并登记）' },
  'reference.opened': { en: 'Identity opened inside the bank', zh: '银行内部还原身份' },
  lookup: { en: 'Looked up inside the bank', zh: '银行内部查询' },
  'answer.given': { en: 'A question answered yes or no', zh: '以“是”或“否”回答查询' },
  handover: { en: 'Handover of data to a recipient', zh: '向接收方移交数据' },
  alert: { en: 'Alert', zh: '警报' },
};

/** Members of entries that a customer can make something of. */
export const fieldWords: Readonly<Record<string, Words>> = {
  purpose: { en: 'purpose', zh: '用途' },
  vendor: { en: 'partner', zh: '合作方' },
  campaign: { en: 'campaign', zh: '活动' },
  consent: { en: 'consent', zh: '同意事项' },
  agent: { en: 'agent', zh: '坐席' },
  by: { en: 'by', zh: '经办' },
  reason: { en: 'reason', zh: '理由' },
  source: { en: 'source', zh: '来源' },
  code: { en: 'refused because', zh: '拒绝原因' },
  refused: { en: 'refused because', zh: '拒绝原因' },
  rule: { en: 'rule', zh: '规则' },
  cause: { en: 'cause', zh: '原因' },
  state: { en: 'state', zh: '状态' },
  seconds: { en: 'seconds', zh: '秒数' },
  outcome: { en: 'outcome', zh: '结果' },
  question: { en: 'question', zh: '问题' },
  recipient: { en: 'recipient', zh: '接收方' },
  step: { en: 'step', zh: '步骤' },
  fields: { en: 'fields', zh: '字段' },
  call: { en: 'call', zh: '通话' },
  export: { en: 'export', zh: '导出' },
  policy: { en: 'policy', zh: '政策' },
  grant: { en: 'grant', zh: '授权' },
};

/** Steps of a handover. One that is not here is shown by its own name. */
export const stepWords: Readonly<Record<string, Words>> = {
  started: { en: 'requested by the partner', zh: '合作方提出移交' },
  'code-sent': { en: 'code sent to your phone', zh: '已向您的手机发送验证码' },
  'code-unsent': { en: 'code could not be sent', zh: '验证码未能发出' },
  'code-unknown': { en: 'code may have been sent', zh: '验证码是否发出不明' },
  'code-wrong': { en: 'wrong code given', zh: '验证码错误' },
  lapsed: { en: 'ended without your agreement', zh: '未经您同意，已终止' },
  confirmed: { en: 'agreed to', zh: '已获同意' },
  delivered: { en: 'delivered to the recipient', zh: '已送达接收方' },
  undelivered: { en: 'not delivered to the recipient', zh: '未送达接收方' },
};

export const pageWords = {
  title: { en: 'Every use of your data', zh: '您的数据的每一次使用' },
  when: { en: 'When (UTC)', zh: '时间（UTC）' },
  what: { en: 'What was done', zh: '事项' },
  details: { en: 'Who, for which purpose, by which consent', zh: '何人、何种用途、依据何项同意' },
  position: { en: 'Ledger position', zh: '账本位置' },
  released: { en: 'What the partner received', zh: '合作方收到的内容' },
  open: { en: 'Set aside for a call that is not settled yet', zh: '为尚未结清的通话预留' },
  none: { en: 'No use is recorded.', zh: '没有使用记录。' },
  missing: { en: 'Missing uses', zh: '缺失的使用' },
  proven: { en: 'What this proves', zh: '已证明' },
  unproven: { en: 'What this does not prove', zh: '未证明' },
  ledger: { en: 'Ledger', zh: '账本' },
  entries: { en: 'entries', zh: '条记录' },
  cosignedAt: { en: 'cosigned at', zh: '联署时间' },
  file: { en: 'SHA-256 of the receipt file', zh: '回执文件的 SHA-256' },
  check: {
    en: 'This page repeats what the receipt file proves. Check the file yourself, offline, with the page check-receipt.html and the keys that bank and witness published.',
    zh: '本页复述回执文件所证明的内容。请使用 check-receipt.html 页面及银行与见证方公布的密钥，离线自行核验该文件。',
  },
  secret: {
    en: 'Keep file and page like a bank statement: the file links your entries.',
    zh: '请像保管银行对账单一样保管文件与本页：该文件可关联您的记录。',
  },
} as const satisfies Readonly<Record<string, Words>>;
