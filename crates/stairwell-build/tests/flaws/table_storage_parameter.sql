-- before
create table t (a int);

-- up
alter table t set (fillfactor = 70, autovacuum_enabled = false);

-- down
alter table t reset (fillfactor);

-- good down
alter table t reset (fillfactor, autovacuum_enabled);
