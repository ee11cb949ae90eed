/** Mails as people name them: a yearly one by its type, one of a campaign by the campaign. */

/** The name of a campaign instance; `null`: it is not known any more. */
export type CampaignName = (instanceId: number) => string | null;

/** `birthday 2027-03-04`, `spring-promo (campaign_seasonal_promo) 2027-03-04`. */
export function mailName(
  mail: {
    readonly emailType: string;
    readonly campaignInstanceId: number | null;
    readonly eventDate: string;
  },
  campaignName: CampaignName,
): string {
  return `${mailKind(mail, campaignName)} ${mail.eventDate}`;
}

/** `birthday`, `spring-promo (campaign_seasonal_promo)`. */
export function mailKind(
  {
    emailType,
    campaignInstanceId: id,
  }: { readonly emailType: string; readonly campaignInstanceId: number | null },
  campaignName: CampaignName,
): string {
  if (id === null) return emailType;
  const name = campaignName(id);
  return name === null ? `${emailType} (instance ${id})` : `${name} (${emailType})`;
}

/** `17:birthday::2027-03-04`, as metadata names a mail, as `birthday 2027-03-04`. */
export function nameOfText(text: string, campaignName: CampaignName): string {
  const [, emailType = '', instance = '', eventDate = ''] = text.split(':');
  const campaignInstanceId = instance === '' ? null : Number(instance);
  return mailName({ emailType, campaignInstanceId, eventDate }, campaignName);
}
