-- before
create table t (a int);

-- up
create rule no_delete as on delete to t do instead nothing;

-- down
select 1;

-- good down
drop rule no_delete on t;
