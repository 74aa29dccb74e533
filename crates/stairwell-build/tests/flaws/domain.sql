-- before
select 1;

-- up
create domain positive as int check (value > 0);

-- down
select 1;

-- good down
drop domain positive;
