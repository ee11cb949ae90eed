/** The model beside the hand-worked cases of campaigns. */
import { describeCampaignCases } from './campaign-cases.ts';
import { planByModel } from './model.ts';

describeCampaignCases(planByModel);
