-- before
create domain amount as int;

-- up
alter domain amount set not null;

-- down
select 1;

-- good down
alter domain amount drop not null;
