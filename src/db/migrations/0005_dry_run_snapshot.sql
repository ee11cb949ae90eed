-- A dry run that adds to the base of the plan in force has that plan's rows but for those that it ends, and those
-- that had been claimed by its end: this is what it saw then. Only a dry run's.
ALTER TABLE scheduler_runs ADD COLUMN ended_snapshot pg_snapshot;
