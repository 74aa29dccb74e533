-- before
create table t (r int4range);

-- up
alter table t add constraint t_r exclude using gist (r with &&);

-- down
select 1;

-- good down
alter table t drop constraint t_r;
