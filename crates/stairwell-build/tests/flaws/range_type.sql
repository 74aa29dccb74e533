-- before
select 1;

-- up
create type floatrange as range (subtype = float8);

-- down
select 1;

-- good down
drop type floatrange;
