-- before
select 1;

-- up
create type mood as enum ('good', 'bad');

-- down
select 1;

-- good down
drop type mood;
