/** One template for one contact, as `templates preview` shows it. */
import type { Pool } from 'pg';
import { SchedulerError } from '../../contracts/errors.ts';
import { readContactRecord } from '../../db/contact-record.ts';
import { findContact } from '../../db/queries/find-contact.ts';
import { findMailWithTemplate, type MailWithTemplate } from '../../db/queries/find-mail-with-template.ts';
import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import { listCampaignTemplates } from '../../db/queries/list-campaign-templates.ts';
import { inSnapshot } from '../../db/snapshot.ts';
import {
  contactVariables,
  freeVariables,
  senderVariables,
  type ContactVariables,
  type MailVariables,
} from '../../delivery/mail-variables.ts';
import type { RenderedMail } from '../../delivery/template-set.ts';
import { Templates } from '../../delivery/templates.ts';
import { configurationInForce } from '../configuration-in-force.ts';
import { readEnvironment } from '../environment.ts';
import { organizationToday } from '../organization-today.ts';
import { exampleMail, unsignedLink, type Occasion } from './example-variables.ts';
import { senderNotSet } from './run-check.ts';
import { useByName, usesOfCampaigns, usesOfConfiguration, type TemplateUse } from './template-uses.ts';

export interface TemplatePreview {
  readonly template: string;
  readonly contactId: number;
  readonly mail: RenderedMail;
  /** Of the mail that the contact gets by this template; `null`: there is none, and the dates are examples. */
  readonly sendDate: string | null;
  readonly senderNotSet: readonly string[];
}

/** @throws SchedulerError UNKNOWN_CONTACT, INVALID_INPUT, TEMPLATE_FAULT */
export async function previewTemplate(
  pool: Pool,
  organization: OrganizationProfile,
  template: string,
  reference: string,
): Promise<TemplatePreview> {
  const templates = new Templates(readEnvironment().templatesFolder);
  const configuration = await configurationInForce(pool, organization.name);
  const { contactId, contact, mail, campaigns } = await inSnapshot(pool, async (client) => {
    const { id, isDeleted } = await findContact(client, organization, reference);
    if (isDeleted) throw deletedContact(reference);
    const record = await readContactRecord(client, organization.id, id);
    return {
      contactId: id,
      contact: contactVariables(record.values),
      mail: await findMailWithTemplate(client, organization.id, id, template),
      campaigns: await listCampaignTemplates(client, organization.id),
    };
  });
  const uses = [...usesOfConfiguration(configuration), ...usesOfCampaigns(campaigns)];
  const occasion = {
    organization: organization.name,
    sender: senderVariables(configuration.sender),
    today: await organizationToday(pool, organization.id),
  };
  const use = uses.find((each) => each.template === template) ?? useByName(template);
  const variables = mailVariables(use, contact, occasion, mail);
  return {
    template,
    contactId,
    mail: templates.render(template, variables, unsignedLink),
    sendDate: mail?.sendDate ?? null,
    senderNotSet: senderNotSet(configuration),
  };
}

/** Those of the mail that is planned or was sent, else an example's. */
function mailVariables(
  use: TemplateUse,
  contact: ContactVariables,
  occasion: Occasion,
  mail: MailWithTemplate | null,
): MailVariables {
  if (mail === null) return exampleMail(use, contact, occasion);
  const { instance, type, metadata } = mail;
  const campaign =
    instance === null || type === null
      ? null
      : { name: instance, type, metadata: freeVariables(metadata ?? {}) };
  const example = exampleMail({ ...use, emailType: mail.emailType, campaign }, contact, occasion);
  return { ...example, mail: { ...example.mail, event_date: mail.eventDate, send_date: mail.sendDate } };
}

function deletedContact(reference: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_CONTACT',
    `Contact ${reference} was deleted: nothing is left of it that a mail could say.`,
    { place: '--contact', value: reference, allowed: 'a contact that is there' },
  );
}
