-- before
create table t (a text);

-- up
alter table t alter a set compression pglz;

-- down
select 1;

-- good down
alter table t alter a set compression default;
