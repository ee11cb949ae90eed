/** What is allowed in a campaign type, instance and target, and what is said of what is not (SPEC 6, 15). */
import { describe, expect, test } from 'vitest';
import { findingSentence, pathText, Refusal, type Finding } from '../../../src/contracts/finding.ts';
import {
  checkInstance,
  NEW_INSTANCE,
  readInstanceFields,
} from '../../../src/db/campaign-fields/instance-fields.ts';
import { readInstanceMetadata, readTargetMetadata } from '../../../src/db/campaign-fields/metadata.ts';
import { checkTarget, NEW_TARGET, readTargetFields } from '../../../src/db/campaign-fields/target-fields.ts';
import { checkType, NEW_TYPE, readTypeFields } from '../../../src/db/campaign-fields/type-fields.ts';

function said(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `${pathText(finding.path)}: ${findingSentence(finding)}`);
}

const PRIORITY_RULE = 'allowed: a whole number from 0 to 1000.';
const DAYS_RULE = 'allowed: a whole number from -365 to 365.';
const FLAG_RULE = 'allowed: true or false.';
const TYPE_NAME_RULE =
  'allowed: 1 to 63 letters of ASCII, digits, ".", "_" and "-", a letter or digit first.';
const BASIS_RULE = 'allowed: text of 1 to 1000 characters that is not blank, or nothing.';
const LINE_RULE = 'allowed: text of 1 to 100 characters on one line, no blank first or last, no dash first.';
const TEMPLATE_RULE = 'a name of 1 to 100 letters, digits, ".", "_" and "-"';
const DAY_RULE = 'allowed: a date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31, or nothing.';

describe('a field of a type', () => {
  test.each([
    ['name', 'a'],
    ['name', '2027.rate_increase-x'],
    ['name', 'a'.repeat(63)],
    ['respect_exclusion_windows', false],
    ['legal_basis', null],
    ['legal_basis', 'Art. 5,\nsentence 2'],
    ['legal_basis', 'x'.repeat(1000)],
    ['enable_followups', true],
    ['days_before_event', -365],
    ['days_before_event', 0],
    ['days_before_event', 365],
    ['target_all_contacts', true],
    ['priority', 0],
    ['priority', 1000],
    ['transactional', true],
    ['active', false],
  ])('%s may be %j', (field, value) => {
    expect(readTypeFields({ [field]: value }, false)).toEqual({ fields: { [field]: value }, findings: [] });
  });

  test.each([
    ['name', '', `"" is not allowed; ${TYPE_NAME_RULE}`],
    ['name', 'spring rates', `"spring rates" is not allowed; ${TYPE_NAME_RULE}`],
    ['name', '-a', `"-a" is not allowed; ${TYPE_NAME_RULE}`],
    ['name', 'é', `"é" is not allowed; ${TYPE_NAME_RULE}`],
    ['name', null, `null is not allowed; ${TYPE_NAME_RULE}`],
    ['name', 2027, `2027 is not allowed; ${TYPE_NAME_RULE}`],
    ['respect_exclusion_windows', 'no', `"no" is not allowed; ${FLAG_RULE}`],
    ['respect_exclusion_windows', null, `null is not allowed; ${FLAG_RULE}`],
    ['legal_basis', '', `"" is not allowed; ${BASIS_RULE}`],
    ['legal_basis', ' \n\u3000', `" \\n\u3000" is not allowed; ${BASIS_RULE}`],
    ['legal_basis', 'a\0b', `"a\\u0000b" is not allowed; ${BASIS_RULE}`],
    ['legal_basis', 5, `5 is not allowed; ${BASIS_RULE}`],
    ['enable_followups', 1, `1 is not allowed; ${FLAG_RULE}`],
    ['days_before_event', 366, `366 is not allowed; ${DAYS_RULE}`],
    ['days_before_event', -366, `-366 is not allowed; ${DAYS_RULE}`],
    ['days_before_event', 1.5, `1.5 is not allowed; ${DAYS_RULE}`],
    ['days_before_event', '7', `"7" is not allowed; ${DAYS_RULE}`],
    ['priority', -1, `-1 is not allowed; ${PRIORITY_RULE}`],
    ['priority', 1001, `1001 is not allowed; ${PRIORITY_RULE}`],
    ['priority', NaN, `NaN is not allowed; ${PRIORITY_RULE}`],
    ['active', 'true', `"true" is not allowed; ${FLAG_RULE}`],
  ])('%s may not be %j', (field, value, sentence) => {
    expect(said(readTypeFields({ [field]: value }, false).findings)).toEqual([`${field}: ${sentence}`]);
  });

  test('that is not known is named with those that are', () => {
    expect(said(readTypeFields({ prio: 1 }, false).findings)).toEqual([
      'prio: this key is not known here; allowed: the keys name, respect_exclusion_windows, legal_basis, enable_followups, days_before_event, target_all_contacts, priority, transactional, active.',
    ]);
  });

  test('named like what every object has is unknown, too', () => {
    expect(readTypeFields({ constructor: 1 }, false).findings).toHaveLength(1);
  });

  test('that a new one needs is missed', () => {
    expect(said(readTypeFields({}, true).findings)).toEqual([
      `name: a value is missing; ${TYPE_NAME_RULE}`,
      `priority: a value is missing; ${PRIORITY_RULE}`,
    ]);
  });
});

describe('a type that does not respect windows', () => {
  const type = { ...NEW_TYPE, name: 'notice', priority: 1, respect_exclusion_windows: false };
  const refused =
    'legal_basis: a value is missing; allowed: a text that says why a type that does not respect exclusion windows may mail into them.';

  test('is refused without a legal basis', () => {
    expect(said(checkType(type, {}, []))).toEqual([refused]);
    expect(said(checkType(type, { legal_basis: null }, []))).toEqual([refused]);
  });

  test('is taken with one', () => {
    expect(checkType({ ...type, legal_basis: 'The law.' }, {}, [])).toEqual([]);
  });

  test('is not said to lack a basis that is wrong by itself', () => {
    const { findings } = readTypeFields({ legal_basis: '' }, false);
    expect(checkType(type, { legal_basis: '' }, findings)).toEqual([]);
  });
});

describe('a field of an instance', () => {
  test.each([
    ['name', 'Spring rates 2027 – México'],
    ['name', 'a'.repeat(100)],
    ['status', 'paused'],
    ['email_template', 'spring.2027_a-b'],
    ['sms_template', null],
    ['active_start_date', '1900-01-01'],
    ['active_end_date', '2028-02-29'],
    ['active_end_date', null],
    ['respect_exclusion_windows', true],
    ['respect_exclusion_windows', null],
    ['enable_followups', false],
    ['enable_followups', null],
    ['metadata', '{"owner": [1, {"a": null}]}'],
  ])('%s may be %j', (field, value) => {
    expect(readInstanceFields({ [field]: value }, false)).toEqual({
      fields: { [field]: value },
      findings: [],
    });
  });

  test.each([
    ['name', ' a', `" a" is not allowed; ${LINE_RULE}`],
    ['name', 'a ', `"a " is not allowed; ${LINE_RULE}`],
    ['name', '--json', `"--json" is not allowed; ${LINE_RULE}`],
    ['name', 'a\nb', `"a\\nb" is not allowed; ${LINE_RULE}`],
    ['name', 'a'.repeat(101), `"${'a'.repeat(99)}… is not allowed; ${LINE_RULE}`],
    ['status', 'live', '"live" is not allowed; allowed: one of draft, active, paused, ended.'],
    ['email_template', 'a b', `"a b" is not allowed; allowed: ${TEMPLATE_RULE}, or nothing.`],
    ['sms_template', '../x', `"../x" is not allowed; allowed: ${TEMPLATE_RULE}, or nothing.`],
    ['active_start_date', '2027-02-29', `"2027-02-29" is not allowed; ${DAY_RULE}`],
    ['active_start_date', '1899-12-31', `"1899-12-31" is not allowed; ${DAY_RULE}`],
    ['active_end_date', '2200-01-01', `"2200-01-01" is not allowed; ${DAY_RULE}`],
    ['active_end_date', '3/1/2027', `"3/1/2027" is not allowed; ${DAY_RULE}`],
    ['active_end_date', 20270301, `20270301 is not allowed; ${DAY_RULE}`],
    [
      'respect_exclusion_windows',
      false,
      'false is not allowed; allowed: true, or null for what the type has: an instance may respect windows that its type does not, and never the reverse.',
    ],
    [
      'enable_followups',
      'type',
      '"type" is not allowed; allowed: true, false, or null for what the type has.',
    ],
  ])('%s may not be %j', (field, value, sentence) => {
    expect(said(readInstanceFields({ [field]: value }, false).findings)).toEqual([`${field}: ${sentence}`]);
  });
});

describe('the dates of an instance', () => {
  const dated = {
    ...NEW_INSTANCE,
    ...{ name: 'a', type: 'b', active_start_date: '2027-03-02', active_end_date: '2027-03-01' },
  };

  test.each([
    [
      'both given',
      { active_start_date: '2027-03-02', active_end_date: '2027-03-01' },
      'active_end_date: "2027-03-01" is not allowed; allowed: a date on or after active_start_date, which is 2027-03-02.',
    ],
    [
      'only the end given',
      { active_end_date: '2027-03-01' },
      'active_end_date: "2027-03-01" is not allowed; allowed: a date on or after active_start_date, which is 2027-03-02.',
    ],
    [
      'only the start given',
      { active_start_date: '2027-03-02' },
      'active_start_date: "2027-03-02" is not allowed; allowed: a date on or before active_end_date, which is 2027-03-01.',
    ],
  ])('may not end before they start: %s', (_, given, sentence) => {
    expect(said(checkInstance(dated, given, []))).toEqual([sentence]);
  });

  test('may be one day, or open', () => {
    expect(checkInstance({ ...dated, active_end_date: '2027-03-02' }, {}, [])).toEqual([]);
    expect(checkInstance({ ...dated, active_start_date: null }, {}, [])).toEqual([]);
    expect(checkInstance({ ...dated, active_end_date: null }, {}, [])).toEqual([]);
  });
});

describe('metadata of an instance', () => {
  test.each([
    '{}',
    '{"days_before_event": -3, "priority": 1000}',
    '{"priority": 7.0}',
    '{"email_template": "a", "sms_template": "b.c"}',
    '{"followup_templates": {}}',
    '{"followup_templates": {"followup_1_cold": "a", "followup_2_clicked_no_hq": "b", "followup_3_hq_no_yes": "c", "followup_4_hq_with_yes": "d"}}',
    '{"followup_delay": "2d"}',
    '{"followup_delay": "30s"}',
    '{"anything": 12345678901234567890, "constructor": null}',
  ])('may be %s, and stays the text that it is', (text) => {
    expect(readInstanceMetadata(text)).toEqual({ text, findings: [] });
  });

  test('may be a mapping as YAML has it', () => {
    expect(readInstanceMetadata({ priority: 3 })).toEqual({ text: '{"priority":3}', findings: [] });
  });

  const OBJECT_RULE = 'allowed: a JSON object such as {"email_template": "spring"}.';
  const OUT = '; leave the key out for none.';
  const DELAY_RULE = `allowed: a duration such as 2d, 3h, 90m or 30s, from 1s to 30d${OUT}`;
  const FOLLOW_UPS =
    'followup_1_cold, followup_2_clicked_no_hq, followup_3_hq_no_yes, followup_4_hq_with_yes';

  test.each([
    ['{', `: "{" is not allowed; ${OBJECT_RULE}`],
    ['[1]', `: "[1]" is not allowed; ${OBJECT_RULE}`],
    ['"text"', `: "\\"text\\"" is not allowed; ${OBJECT_RULE}`],
    [[1], `: [1] is not allowed; ${OBJECT_RULE}`],
    [5, `: 5 is not allowed; ${OBJECT_RULE}`],
    ['{"a": "\\u0000"}', `: "{\\"a\\": \\"\\\\u0000\\"}" is not allowed; ${OBJECT_RULE}`],
    [{ a: [Infinity] }, `: {"a":[null]} is not allowed; ${OBJECT_RULE}`],
    ['{"priority": 1001}', `priority: 1001 is not allowed; ${PRIORITY_RULE.slice(0, -1)}${OUT}`],
    ['{"priority": null}', `priority: null is not allowed; ${PRIORITY_RULE.slice(0, -1)}${OUT}`],
    ['{"priority": "1"}', `priority: "1" is not allowed; ${PRIORITY_RULE.slice(0, -1)}${OUT}`],
    ['{"days_before_event": 0.5}', `days_before_event: 0.5 is not allowed; ${DAYS_RULE.slice(0, -1)}${OUT}`],
    ['{"email_template": ""}', `email_template: "" is not allowed; allowed: ${TEMPLATE_RULE}${OUT}`],
    ['{"sms_template": 7}', `sms_template: 7 is not allowed; allowed: ${TEMPLATE_RULE}${OUT}`],
    ['{"followup_delay": 2}', `followup_delay: 2 is not allowed; ${DELAY_RULE}`],
    ['{"followup_delay": "2 days"}', `followup_delay: "2 days" is not allowed; ${DELAY_RULE}`],
    ['{"followup_delay": "0s"}', `followup_delay: "0s" is not allowed; ${DELAY_RULE}`],
    ['{"followup_delay": "31d"}', `followup_delay: "31d" is not allowed; ${DELAY_RULE}`],
    [
      '{"followup_templates": ["a"]}',
      `followup_templates: ["a"] is not allowed; allowed: a mapping of template names with the keys ${FOLLOW_UPS}.`,
    ],
    [
      '{"followup_templates": {"followup_1_cold": null}}',
      `followup_templates.followup_1_cold: null is not allowed; allowed: ${TEMPLATE_RULE}.`,
    ],
    [
      '{"followup_templates": {"cold": "a"}}',
      `followup_templates.cold: this key is not known here; allowed: the keys ${FOLLOW_UPS}.`,
    ],
  ])('may not be %j', (given, sentence) => {
    expect(said(readInstanceMetadata(given).findings)).toEqual([sentence]);
  });

  test('has 16,384 bytes at most, in UTF-8', () => {
    const withBytes = (bytes: number): string => `{"a":"${'é'.repeat((bytes - 8) / 2)}"}`;
    expect(readInstanceMetadata(withBytes(16_384)).findings).toEqual([]);
    const [finding] = readInstanceMetadata(withBytes(16_386)).findings;
    expect(finding!.allowed).toBe('at most 16384 bytes as JSON text (it has 16386)');
  });

  test('is said in full, each wrong key by its place', () => {
    const { findings } = readInstanceFields(
      { metadata: '{"priority": -1, "followup_delay": "soon"}' },
      false,
    );
    expect(findings.map(({ path }) => path)).toEqual([
      ['metadata', 'priority'],
      ['metadata', 'followup_delay'],
    ]);
  });
});

describe('a target', () => {
  const forSome = { name: 'Spring', type: 'rate_increase', isForAllContacts: false };

  test('has metadata of its own templates, and whatever else', () => {
    expect(readTargetMetadata('{"email_template": "es", "priority": "anything"}').findings).toEqual([]);
    expect(readTargetMetadata('{"email_template": 1}').findings).toHaveLength(1);
  });

  test('needs a trigger date where the instance is not for all contacts', () => {
    expect(said(checkTarget(NEW_TARGET, forSome, []))).toEqual([
      'trigger_date: a value is missing; allowed: a date, as YYYY-MM-DD: Spring is of type rate_increase, whose targets need a trigger date.',
    ]);
    expect(checkTarget(NEW_TARGET, { ...forSome, isForAllContacts: true }, [])).toEqual([]);
    expect(checkTarget({ ...NEW_TARGET, trigger_date: '2027-03-01' }, forSome, [])).toEqual([]);
  });

  test('with a trigger date that does not exist is told that alone', () => {
    const { findings } = readTargetFields({ trigger_date: '2027-02-29' });
    expect(said(findings)).toEqual([`trigger_date: "2027-02-29" is not allowed; ${DAY_RULE}`]);
    expect(checkTarget(NEW_TARGET, forSome, findings)).toEqual([]);
  });
});

describe('a refusal', () => {
  const wrong = { path: ['priority'], value: -1, allowed: 'more' };
  const unknown = { path: ['type'], value: 'x', allowed: 'a type', code: 'UNKNOWN_CAMPAIGN' } as const;

  test('of one finding is its sentence, with where, which value and what is allowed', () => {
    const refusal = new Refusal([wrong], ([field]) => `--${String(field)}`);
    expect(refusal).toMatchObject({
      ...{ code: 'INVALID_INPUT', message: '--priority: -1 is not allowed; allowed: more.' },
      detail: { place: '--priority', value: '-1', allowed: 'more' },
    });
  });

  test('of several names all of them', () => {
    expect(new Refusal([wrong, unknown]).message.split('\n')).toEqual([
      'There are 2 problems; nothing was stored.',
      '  priority: -1 is not allowed; allowed: more.',
      '  type: "x" is not allowed; allowed: a type.',
    ]);
  });

  test('has the code of its findings if they have one', () => {
    expect(new Refusal([unknown, unknown]).code).toBe('UNKNOWN_CAMPAIGN');
    expect(new Refusal([wrong, unknown]).code).toBe('INVALID_INPUT');
  });
});
