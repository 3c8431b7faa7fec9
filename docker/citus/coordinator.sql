-- The first start of the coordinator: the name by which workers reach it.
select citus_set_coordinator_host('coordinator', 5432);
