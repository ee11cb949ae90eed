-- A new base is analyzed while its run waits: a sample of a fifth tells the planner as much about two columns.
ALTER FUNCTION index_plan_base(bigint) SET default_statistics_target TO 20;
