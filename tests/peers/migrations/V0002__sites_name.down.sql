-- stairwell: no-transaction
DROP INDEX CONCURRENTLY sites_name;
