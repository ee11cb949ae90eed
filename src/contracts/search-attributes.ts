/**
 * What workflows can be found by in Temporal Web and by `temporal workflow list`. A server that does not
 * know one of them fails the workflow task that sets it again and again, so they are registered before.
 */
export const SEARCH_ATTRIBUTES = {
  EmailSchedulerOrganization: 'Keyword',
  EmailSchedulerRun: 'Keyword',
  EmailSchedulerCampaign: 'Keyword',
} as const satisfies Record<string, 'Keyword'>;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
