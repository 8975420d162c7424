/**
 * Two policies to begin with. `try-out` lets one machine show everything with nobody else at hand; `production` is strict, and each of its
 * lines is meant to be argued about.
 * @module
 */

export type TemplateName = 'try-out' | 'production';

export interface TemplateOptions {
  readonly bank: string;
  /** IANA name. */
  readonly timeZone?: string;
  /** Recipients of `marketing.insurance.term-life`. */
  readonly vendors?: readonly string[];
}

export const templateNames: readonly TemplateName[] = ['try-out', 'production'];

/** The YAML text of a template, for `loadPolicy` and for people. */
export function policyTemplate(name: TemplateName, options: TemplateOptions): string {
  const { bank, timeZone = 'Asia/Shanghai', vendors = ['vendor-a', 'vendor-b'] } = options;
  const list = vendors.join(', ');
  return name === 'production' ? production(bank, timeZone, list) : tryOut(bank, timeZone, list);
}

const tryOut = (
  bank: string,
  timeZone: string,
  vendors: string,
): string => `# A purpose policy to try Numbra with. Check it: numbra policy check policy.yaml
numbra: 1
bank: ${bank}
time_zone: ${timeZone}

# Attributes of a customer, classed after JR/T 0171-2020. C3 never leaves in any form.
fields:
  name: { class: C2 }
  phone: { class: C3 }
  account: { class: C3 }
  resident_id: { class: C3 }
  balance: { class: C2 }

# Dots make a tree. A purpose has what the one above it has, and may only narrow it.
purposes:
  marketing.insurance:
    title: Insurance of partner companies
    abstract: true
    dpv: DirectMarketing
    legal_basis: consent
    consent: marketing.insurance
    recipients: [${vendors}]
    release:
      reference: true
      dial: true
      # At most two last digits, and fewer where a class of the list would hold under 20 customers.
      mask: { k: 20, max_digits: 2 }
    window: { days: [mo, tu, we, th, fr, sa, su], from: "00:00", to: "24:00" }
    caps:
      per_customer:
        campaign: 2
        purpose: { calls: 3, days: 30 }
        all_vendors: { calls: 1, days: 60 }
      per_agent_per_hour: 1000
      concurrent: 50
  marketing.insurance.term-life: { title: Term life insurance }
  marketing.insurance.travel: { title: Travel insurance }

approvals:
  open: { people: 2 }
  policy: { people: 0 }
`;

const production = (
  bank: string,
  timeZone: string,
  vendors: string,
): string => `# A purpose policy for production. Check it: numbra policy check policy.yaml
numbra: 1
bank: ${bank}
time_zone: ${timeZone}

# Attributes of a customer, classed after JR/T 0171-2020. C3 authenticates a person and never leaves in any form.
fields:
  name: { class: C2 }
  phone: { class: C2 }
  account: { class: C2 }
  resident_id: { class: C2 }
  birth_year: { class: C2, kind: number }
  balance: { class: C2, kind: amount }
  matures_on: { class: C2, kind: date }
  card_pin: { class: C3 }

calendars:
  # The mainland's holidays and make-up days. A year not yet announced is closed until the library knows it.
  mainland: { library: chinese-days, unknown_year: closed }

# Dots make a tree. A purpose has what the one above it has, and may only narrow it.
purposes:
  marketing:
    title: Offers of partner companies
    abstract: true
    dpv: DirectMarketing
    legal_basis: consent
    consent: marketing
    recipients: [${vendors}]
    release:
      reference: true
      dial: true
      mask: { k: 20, max_digits: 2 }
    window: { days: workdays, from: "09:00", to: "20:00", calendar: mainland }
    caps:
      per_customer:
        campaign: 2
        purpose: { calls: 3, days: 30 }
        all_vendors: { calls: 1, days: 60 }
      per_campaign: 50000
      per_agent_per_hour: 40
      concurrent: 200
    retention: { days: 90 }
    pacing: { days: 5 }
    padding: 0.05
  marketing.insurance:
    title: Insurance of partner companies
    consent: marketing.insurance
  marketing.insurance.term-life:
    title: Term life insurance
    window: { days: workdays, from: "09:30", to: "19:00", calendar: mainland }

  service.desk:
    title: The bank's own people serving a customer
    dpv: CustomerCare
    legal_basis: contract
    recipients: [desk]
    release:
      lookup: { fields: [name], endings: [phone, account], per_day: 60 }

# Four eyes: people who approve, none of whom asked.
approvals:
  export: { people: 2, above_rows: 10000 }
  open: { people: 2 }
  policy: { people: 2 }

# A vendor countersigns its manifest before its campaign opens, and every grant names the agent.
acknowledge: required
grants: { agent: required }
refusals: { sticky: true, per_day: default }
linkability: { expected: 0.05, certain: 0 }
selection: { date_pacing_days: 5 }
opt_out_months: 12
`;
