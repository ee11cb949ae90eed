/** What templates are used for: who names them, and of which mails. */
import { freeVariables, type CampaignVariables } from '../../delivery/mail-variables.ts';
import type { CampaignTemplate } from '../../db/queries/list-campaign-templates.ts';
import type { Configuration } from '../../domain/configuration.ts';

export interface TemplateUse {
  readonly template: string;
  /** Such as `campaign portal-launch-2026` or `email_types.birthday`. */
  readonly namedBy: string;
  readonly emailType: string;
  readonly campaign: CampaignVariables | null;
  readonly isFollowUp: boolean;
}

const FOLLOW_UP_TYPES = [
  'followup_4_hq_with_yes',
  'followup_3_hq_no_yes',
  'followup_2_clicked_no_hq',
  'followup_1_cold',
];
const CAMPAIGN_PREFIX = 'campaign_';

/** Those of the configuration. */
export function usesOfConfiguration(configuration: Configuration): TemplateUse[] {
  const { birthday, effectiveDate, aep, postWindow, features } = configuration;
  const yearly = [
    { emailType: 'birthday', settings: birthday },
    { emailType: 'effective_date', settings: effectiveDate },
    { emailType: 'aep', settings: aep },
    {
      emailType: 'post_window',
      settings: { ...postWindow, enabled: postWindow.enabled && features.postWindow },
    },
  ];
  return [
    ...yearly
      .filter(({ settings }) => settings.enabled)
      .map(({ emailType, settings }) =>
        plainUse(settings.template, emailType, `email_types.${emailType}`, false),
      ),
    ...(features.followUps ? FOLLOW_UP_TYPES : []).map((type) => plainUse(type, type, 'follow-ups', true)),
  ];
}

/** Those of an organization's campaigns. */
export function usesOfCampaigns(templates: readonly CampaignTemplate[]): TemplateUse[] {
  return templates.map(({ template, instance, type, metadata, followUp }) => ({
    template,
    namedBy: `campaign ${instance}`,
    emailType: followUp ?? `${CAMPAIGN_PREFIX}${type}`,
    campaign: { name: instance, type, metadata: freeVariables(metadata) },
    isFollowUp: followUp !== null,
  }));
}

/** One that nobody names is tried as its name says. */
export function useByName(template: string): TemplateUse {
  const isFollowUp = FOLLOW_UP_TYPES.includes(template);
  const isCampaign = template.startsWith(CAMPAIGN_PREFIX);
  return {
    ...plainUse(template, template, 'nobody', isFollowUp),
    campaign: isCampaign
      ? { name: 'example', type: template.slice(CAMPAIGN_PREFIX.length), metadata: {} }
      : null,
  };
}

function plainUse(template: string, emailType: string, namedBy: string, isFollowUp: boolean): TemplateUse {
  return { template, emailType, namedBy, campaign: null, isFollowUp };
}
