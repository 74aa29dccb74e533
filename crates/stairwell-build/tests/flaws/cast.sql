-- before
create type pair as (a int, b int);

-- up
create cast (text as pair) with inout as assignment;

-- down
select 1;

-- good down
drop cast (text as pair);
