-- before
create table t (a int);

-- up
do $$ begin execute format('create index %I on t (a)', 't_a'); end $$;

-- down
select 1;

-- good down
drop index t_a;
