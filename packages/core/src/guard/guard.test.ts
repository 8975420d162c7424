import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sensitive } from '../sensitive.js';
import { createGuard, type Guard, scanText } from './guard.js';
import { redact } from './redact.js';

const key = new Uint8Array(32).fill(7);
const found = (text: string, scan: Guard['scan'] = scanText) =>
  scan(text).map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);

describe('scanText', () => {
  it.each([
    ['13800138000', 'phone 13800138000'],
    ['请拨打１３８-００１３-８０００。', 'phone １３８-００１３-８０００'],
    ['加我幺三八洞洞幺三八洞洞洞', 'phone 幺三八洞洞幺三八洞洞洞'],
    ['call +852 9123 4567 now', 'phone +852 9123 4567'],
    ['(0755) 2601 2345', 'phone 0755) 2601 2345'],
    ['one three eight double zero one three eight triple zero', 'phone one three eight double zero one three eight triple zero'],
    ['I38OOI38OOO', 'phone I38OOI38OOO'],
    ['138（本人）0013然后8000', 'phone 138（本人）0013然后8000'],
    ['前三位138，中间四位0013，最后8000', 'phone 138，中间四位0013，最后8000'],
    ['11010519491231002X', 'resident-id 11010519491231002X'],
    ['110105 1949-12-31 002x', 'resident-id 110105 1949-12-31 002x'],
    ['card 6222 0212 3456 7890 128', 'bank-card 6222 0212 3456 7890 128'],
    ['护照号 E12345678', 'passport E12345678'],
    ['GB29 NWBK 6016 1331 9268 19', 'iban GB29 NWBK 6016 1331 9268 19'],
    ['zhang.san@example.com', 'email zhang.san@example.com'],
    ['{"note":"MTM4MDAxMzgwMDA="}', 'phone MTM4MDAxMzgwMDA'],
    ['x=%31%33%38%30%30%31%33%38%30%30%30', 'phone %31%33%38%30%30%31%33%38%30%30%30'],
  ])('finds what is in %s', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    '¥13,800,138,000.00，另收13800138000.00元',
    '2026-11-23T10:30:00+08:00 至 2026-12-31 20:00',
    '订单 20261123000017，保单 PDAA202631010000012345',
    '550e8400-e29b-41d4-a716-446655440000',
    '138****8000、*********42、尾号8000',
    '客服热线 95588、400-800-1234、8008101234、12306、110',
    'nr1_oKGio6SljY0Gq8Rx87kpEL_GKcrVgRqwommJK4LafOMhAqAM,nd1_oKGio6SlUXrLN3Xcrk74MqpCO7x2b9rFOkJWPu1F8sneQs2P,*********00',
    '990441339638528',
    '192.168.139.12:8080, v1.38.0-0138, 113.8001380001, 22.5',
    '共138户，其中2013年新增8000户',
    '一二三四五，上山打老虎；第三次回访，两个孩子三十八岁',
    '',
  ])('finds nothing in %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('finds two phones that stand next to each other', () => {
    expect(found('13800138000、13900139000/010-62345678')).toEqual(['phone 13800138000', 'phone 13900139000', 'phone 010-62345678']);
  });

  it('does not believe a token that hides a number', () => {
    expect(found('nr1_13800138000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toEqual(['phone 13800138000']);
  });

  it('returns places inside the text, in order, not overlapping, for every text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '138',
        '00138000',
        '+86',
        '一三八',
        '(at)',
        '@',
        '.com',
        'MTM4',
        '%31',
        '&#49;',
        '\\u0031',
        'one ',
        '\u200b',
        '6222',
        'X',
        'GB29',
        '\u001f',
        '0x31 ',
        'nd1_',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of scanText(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same in a text again, whatever was scanned in between', () => {
    const text = '13800138000 and 6222021234567890128';
    const before = scanText(text);
    scanText('1'.repeat(10_000));
    scanText('');
    expect(scanText(text)).toEqual(before);
  });

  it('finds nothing in a text because of the gaps of another', () => {
    const text = '138abc6222\u001f0212\u001f[OO';
    scanText('①1');
    const before = scanText(text);
    scanText('138abc1');
    expect(scanText(text)).toEqual(before);
  });
});

describe('createGuard', () => {
  const guard = createGuard({
    key,
    known: [
      { kind: 'account', value: new Sensitive('110012345678') },
      { kind: 'name', value: new Sensitive('张伟') },
    ],
    allowed: [
      { kind: 'phone', value: new Sensitive('861062345678') },
      { kind: 'email', value: new Sensitive('service@bank.example') },
    ],
  });

  it('finds what it was given, beside what reads as an identifier', () => {
    expect(found('张伟的账号 1100-1234-5678，电话13800138000', guard.scan)).toEqual([
      'name 张伟',
      'account 1100-1234-5678',
      'phone 13800138000',
    ]);
    expect(guard.scan('张伟').map(({ by }) => by)).toEqual(['known']);
  });

  it('lets the published numbers and addresses of the bank pass, however written', () => {
    expect(found('请拨打 010-6234 5678、+86 10 6234 5678 或致信 service@bank.example', guard.scan)).toEqual([]);
    expect(found('010-62345679', guard.scan)).toEqual(['phone 010-62345679']);
  });

  it('refuses a key of another length', async () => {
    await expect(() => createGuard({ key: new Uint8Array(16) })).toFailWith('ERR_KEY_LENGTH');
  });

  it('shows nothing it was given when printed', () => {
    expect(JSON.stringify(guard)).not.toContain('1100');
  });
});

describe('scanFields', () => {
  const { scanFields } = createGuard({ key });

  it('finds a number that is split over neighbouring fields', () => {
    expect(scanFields(['张先生', '138', '00138000', 'ok'])).toEqual([
      { kind: 'phone', by: 'pattern', start: { field: 1, at: 0 }, end: { field: 2, at: 8 } },
    ]);
    expect(scanFields(['110105', '19491231', '002X']).map(({ kind, end }) => [kind, end])).toEqual([['resident-id', { field: 2, at: 4 }]]);
  });

  it('says in which field a whole one lies', () => {
    expect(scanFields(['', 'call 13800138000', 'a@b.cn'])).toEqual([
      { kind: 'phone', by: 'pattern', start: { field: 1, at: 5 }, end: { field: 1, at: 16 } },
      { kind: 'email', by: 'pattern', start: { field: 2, at: 0 }, end: { field: 2, at: 6 } },
    ]);
  });

  it('finds nothing in the fields of a list', () => {
    expect(
      scanFields(['nr1_oKGio6SljY0Gq8Rx87kpEL_GKcrVgRqwommJK4LafOMhAqAM', '*********42', 'band-3', '2026-11-23', '58', '2143']),
    ).toEqual([]);
  });
});

describe('redact', () => {
  it('leaves the kind and takes the value', () => {
    const text = 'call 13800138000 or a@b.cn!';
    expect(redact(text, scanText(text))).toBe('call [phone] or [email]!');
  });

  it('leaves nothing behind that the guard finds', () => {
    const text = '138-0013-8000 MTM4MDAxMzgwMDA= 11010519491231002X 一三九零零一三九零零零';
    expect(scanText(redact(text, scanText(text)))).toEqual([]);
  });
});
