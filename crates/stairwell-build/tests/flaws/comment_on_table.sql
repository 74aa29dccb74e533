-- before
create table t (id int primary key);

-- up
comment on table t is 'things';

-- down
select 1;

-- good down
comment on table t is null;
