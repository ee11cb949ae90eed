import { Command } from 'commander';
import { enrollCommand } from './campaigns/enroll.ts';
import { importCampaignsCommand } from './campaigns/import.ts';
import { instancesCommand } from './campaigns/instances.ts';
import { campaignsPreviewCommand } from './campaigns/preview.ts';
import { targetsCommand } from './campaigns/targets.ts';
import { typesCommand } from './campaigns/types.ts';

export function campaignsCommand(): Command {
  return new Command('campaigns')
    .description('campaign types, their instances, and whom they are for')
    .addCommand(typesCommand())
    .addCommand(instancesCommand())
    .addCommand(targetsCommand())
    .addCommand(importCampaignsCommand())
    .addCommand(campaignsPreviewCommand())
    .addCommand(enrollCommand());
}
