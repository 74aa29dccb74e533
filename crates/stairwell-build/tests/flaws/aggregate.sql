-- before
select 1;

-- up
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');

-- down
select 1;

-- good down
drop aggregate total(int);
