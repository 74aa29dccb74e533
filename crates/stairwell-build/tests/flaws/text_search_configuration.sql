-- before
select 1;

-- up
create text search configuration plain (copy = simple);

-- down
select 1;

-- good down
drop text search configuration plain;
