/** The fields of campaign types, instances and targets (SPEC 6), as options of commands. */

export interface FieldOption {
  readonly field: string;
  readonly value: string;
  readonly description: string;
  /** What may be typed, and what it stands for; the bare option is yes. */
  readonly words?: Readonly<Record<string, boolean | null>>;
  readonly isNumber?: true;
  /** A blank text empties it. */
  readonly isEmptiable?: true;
}

const YES_NO = { yes: true, no: false };
const OR_TYPE = { type: null };

export const NAME_OPTION: FieldOption = { field: 'name', value: '<name>', description: 'a new name' };

export const TYPE_OPTIONS: readonly FieldOption[] = [
  {
    field: 'respect_exclusion_windows',
    value: '[yes|no]',
    description: 'whether exclusion windows hold its mails back; no needs --legal-basis',
    words: YES_NO,
  },
  {
    field: 'legal_basis',
    value: '<text>',
    description: 'why its mails may go into exclusion windows',
    isEmptiable: true,
  },
  {
    field: 'enable_followups',
    value: '[yes|no]',
    description: 'whether a mail is followed up',
    words: YES_NO,
  },
  {
    field: 'days_before_event',
    value: '<days>',
    description: 'its ideal date before the trigger date; negative: after it',
    isNumber: true,
  },
  {
    field: 'target_all_contacts',
    value: '[yes|no]',
    description: 'whether every contact is a target',
    words: YES_NO,
  },
  {
    field: 'priority',
    value: '<number>',
    description: 'the smaller number wins; 0 to 1000',
    isNumber: true,
  },
  {
    field: 'transactional',
    value: '[yes|no]',
    description:
      'a required notice, no marketing: conflicts, the frequency limit and unsubscribes leave it alone',
    words: YES_NO,
  },
  { field: 'active', value: '[yes|no]', description: 'no: nothing of it is planned', words: YES_NO },
];

export const INSTANCE_OPTIONS: readonly FieldOption[] = [
  { field: 'type', value: '<name>', description: 'its campaign type' },
  {
    field: 'status',
    value: '<status>',
    description: 'draft, active, paused (planned and not sent) or ended; a new one is a draft',
  },
  {
    field: 'email_template',
    value: '<name>',
    description: 'default: named like the e-mail type, campaign_<type>',
    isEmptiable: true,
  },
  { field: 'sms_template', value: '<name>', description: 'default: no SMS', isEmptiable: true },
  {
    field: 'active_start_date',
    value: '<date>',
    description: 'the first day of its mails, YYYY-MM-DD',
    isEmptiable: true,
  },
  {
    field: 'active_end_date',
    value: '<date>',
    description: 'the last day of its mails, YYYY-MM-DD',
    isEmptiable: true,
  },
  {
    field: 'respect_exclusion_windows',
    value: '[yes|type]',
    description: 'yes: though its type does not; type: as its type does',
    words: { yes: true, ...OR_TYPE },
  },
  {
    field: 'enable_followups',
    value: '[yes|no|type]',
    description: 'whether a mail is followed up; type: as its type has it',
    words: { ...YES_NO, ...OR_TYPE },
  },
  {
    field: 'metadata',
    value: '<json>',
    description:
      'a JSON object; may override days_before_event, priority, email_template, sms_template, and has followup_templates and followup_delay',
    isEmptiable: true,
  },
];

export const TARGET_OPTIONS: readonly FieldOption[] = [
  {
    field: 'trigger_date',
    value: '<date>',
    description: 'the day that the mail is about, YYYY-MM-DD',
    isEmptiable: true,
  },
  {
    field: 'metadata',
    value: '<json>',
    description: 'a JSON object; may override email_template and sms_template',
    isEmptiable: true,
  },
];
