-- A dry run has no row in plans: the days that its plan would flag as over the cap stand in its record.
ALTER TABLE scheduler_runs ADD COLUMN over_cap_dates date[];
