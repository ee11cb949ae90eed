/** Campaign types, instances and targets (SPEC 6), resolved once for all contacts of a run. */
import { FIRST_DAY, LAST_DAY, type DayNumber } from './calendar.ts';
import type { CampaignTerms } from './campaign-terms.ts';
import type { LedgerMail } from './schedule-row.ts';

export interface CampaignType {
  readonly id: number;
  readonly name: string;
  readonly respectsWindows: boolean;
  readonly legalBasis: string | null;
  readonly daysBeforeEvent: number;
  readonly targetsAllContacts: boolean;
  readonly priority: number;
  readonly isTransactional: boolean;
  readonly isActive: boolean;
}

export type InstanceStatus = 'draft' | 'active' | 'paused' | 'ended';

export interface CampaignInstance {
  readonly id: number;
  readonly name: string;
  readonly typeId: number;
  readonly status: InstanceStatus;
  readonly emailTemplate: string | null;
  readonly smsTemplate: string | null;
  readonly startDay: DayNumber | null;
  readonly endDay: DayNumber | null;
  /** Holds to the windows although its type does not. */
  readonly tightensWindows: boolean;
  /** Of its metadata, in place of the type's. */
  readonly overrides: {
    readonly daysBeforeEvent: number | null;
    readonly priority: number | null;
    readonly emailTemplate: string | null;
    readonly smsTemplate: string | null;
  };
  /** The day on which it was created, in the organization's zone. */
  readonly createdDay: DayNumber;
}

/** A contact that is a target of an instance. */
export interface CampaignTarget {
  readonly instanceId: number;
  /** `null` only where the instance is for all contacts. */
  readonly triggerDay: DayNumber | null;
  /** Of its metadata, in place of the instance's. */
  readonly emailTemplate: string | null;
  readonly smsTemplate: string | null;
}

/** An instance whose mails are planned: its own values where it has them, else its type's. */
export interface PlannedInstance {
  readonly id: number;
  readonly emailType: string;
  readonly daysBeforeEvent: number;
  readonly priority: number;
  readonly emailTemplate: string;
  readonly smsTemplate: string | null;
  readonly isForAllContacts: boolean;
  /** Event and ideal date for a contact that has no trigger of its own. */
  readonly dayWithoutTrigger: DayNumber;
  readonly terms: CampaignTerms;
}

/** By what a run goes when it asks which instances are planned. */
export interface CampaignSettings {
  readonly asOfDay: DayNumber;
  /** The feature `campaigns`: without it no instance is planned. */
  readonly isSwitchedOn: boolean;
}

const CAMPAIGN_PREFIX = 'campaign_';

function emailTypeOf({ name }: CampaignType): string {
  return `${CAMPAIGN_PREFIX}${name}`;
}

/** An instance, planned or not, for who asks why. */
export interface KnownInstance {
  readonly instance: CampaignInstance;
  readonly emailType: string;
  readonly isForAllContacts: boolean;
  /** `null`: it is planned. */
  readonly refusal: NotPlannedReason | null;
}

/** The campaigns of an organization, as a run goes by them. */
export class CampaignBook {
  /** Those that are planned as of the day, by id. */
  readonly planned: ReadonlyMap<number, PlannedInstance>;
  readonly plannedIds: readonly number[];
  /** Of all instances, those that are not planned included. */
  readonly instanceIds: readonly number[];
  /** Those among them that are for all contacts. */
  readonly forAllContacts: readonly PlannedInstance[];
  private readonly instances: ReadonlyMap<number, CampaignInstance>;
  private readonly types: ReadonlyMap<number, CampaignType>;
  private readonly settings: CampaignSettings;

  constructor(
    types: readonly CampaignType[],
    instances: readonly CampaignInstance[],
    settings: CampaignSettings,
  ) {
    this.settings = settings;
    this.types = new Map(types.map((type) => [type.id, type]));
    this.instances = new Map(instances.map((instance) => [instance.id, instance]));
    const planned = new Map<number, PlannedInstance>();
    for (const instance of instances) {
      const type = this.types.get(instance.typeId);
      if (type === undefined || whyNotPlanned(instance, type, settings) !== null) continue;
      planned.set(instance.id, plannedInstance(instance, type));
    }
    this.planned = planned;
    this.plannedIds = [...planned.keys()];
    this.instanceIds = [...this.instances.keys()];
    this.forAllContacts = [...planned.values()].filter(({ isForAllContacts }) => isForAllContacts);
  }

  /** Every instance, planned or not. */
  allInstances(): KnownInstance[] {
    const known: KnownInstance[] = [];
    for (const instance of this.instances.values()) {
      const type = this.types.get(instance.typeId);
      if (type === undefined) continue;
      known.push({
        instance,
        emailType: emailTypeOf(type),
        isForAllContacts: type.targetsAllContacts,
        refusal: whyNotPlanned(instance, type, this.settings),
      });
    }
    return known;
  }

  /** `null`: there is no such instance. */
  nameOf(instanceId: number): string | null {
    return this.instances.get(instanceId)?.name ?? null;
  }

  /** The last day of the instance; `null`: it is open, or there is no such instance. */
  endDayOf(instanceId: number): DayNumber | null {
    return this.instances.get(instanceId)?.endDay ?? null;
  }

  /** The mails by what their types are now: whether one counts does not hang on when it was sent. */
  asTypesAreNow(mails: readonly LedgerMail[]): readonly LedgerMail[] {
    if (this.instances.size === 0 || !hasCampaignMail(mails)) return mails;
    return mails.map((mail) => this.asTypeIsNow(mail));
  }

  private asTypeIsNow(mail: LedgerMail): LedgerMail {
    if (mail.campaignInstanceId === null) return mail;
    const instance = this.instances.get(mail.campaignInstanceId);
    const type = instance === undefined ? undefined : this.types.get(instance.typeId);
    return type === undefined ? mail : { ...mail, isTransactional: type.isTransactional };
  }
}

function hasCampaignMail(mails: readonly LedgerMail[]): boolean {
  for (const { campaignInstanceId } of mails) if (campaignInstanceId !== null) return true;
  return false;
}

/** Why nothing of an instance is planned. */
export type NotPlannedReason = 'switched_off' | 'type_inactive' | 'draft' | 'ended' | 'after_end';

/** `null`: it is planned, ahead of its start too; a paused one is planned and not sent. */
export function whyNotPlanned(
  { status, endDay }: Pick<CampaignInstance, 'status' | 'endDay'>,
  type: Pick<CampaignType, 'isActive'>,
  { asOfDay, isSwitchedOn }: CampaignSettings,
): NotPlannedReason | null {
  if (!isSwitchedOn) return 'switched_off';
  if (!type.isActive) return 'type_inactive';
  if (status === 'draft' || status === 'ended') return status;
  return endDay !== null && endDay < asOfDay ? 'after_end' : null;
}

function plannedInstance(instance: CampaignInstance, type: CampaignType): PlannedInstance {
  const { overrides, startDay } = instance;
  const emailType = emailTypeOf(type);
  return {
    id: instance.id,
    emailType,
    daysBeforeEvent: overrides.daysBeforeEvent ?? type.daysBeforeEvent,
    priority: overrides.priority ?? type.priority,
    emailTemplate: overrides.emailTemplate ?? instance.emailTemplate ?? emailType,
    smsTemplate: overrides.smsTemplate ?? instance.smsTemplate,
    isForAllContacts: type.targetsAllContacts,
    dayWithoutTrigger: startDay ?? instance.createdDay,
    terms: termsOf(instance, type),
  };
}

/** A type that ignores windows must say why it may: one that does not is held to them. */
function termsOf({ startDay, endDay, tightensWindows }: CampaignInstance, type: CampaignType): CampaignTerms {
  const ignoresWindows = !type.respectsWindows && !tightensWindows && type.legalBasis !== null;
  return {
    startDay: startDay ?? FIRST_DAY,
    endDay: endDay ?? LAST_DAY,
    ignoresWindows,
    legalBasis: ignoresWindows ? type.legalBasis : null,
    isTransactional: type.isTransactional,
  };
}

export const NO_TARGETS: readonly CampaignTarget[] = [];
