-- before
create table t (a int);
create rule no_delete as on delete to t do instead nothing;

-- up
alter table t disable rule no_delete;

-- down
select 1;

-- good down
alter table t enable rule no_delete;
