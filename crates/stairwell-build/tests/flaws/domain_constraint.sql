-- before
create domain amount as int;

-- up
alter domain amount add constraint amount_pos check (value > 0);

-- down
select 1;

-- good down
alter domain amount drop constraint amount_pos;
