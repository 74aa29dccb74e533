-- before
create domain amount as int default 1;

-- up
alter domain amount set default 2;

-- down
alter domain amount drop default;

-- good down
alter domain amount set default 1;
