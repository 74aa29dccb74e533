-- Searching for sites by name.
-- stairwell: no-transaction
CREATE INDEX CONCURRENTLY sites_name ON sites (name);
