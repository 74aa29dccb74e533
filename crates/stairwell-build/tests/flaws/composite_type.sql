-- before
select 1;

-- up
create type pair as (a int, b int);

-- down
select 1;

-- good down
drop type pair;
