-- before
create type mood as enum ('good');

-- up
revoke usage on type mood from public;

-- down
select 1;

-- good down
grant usage on type mood to public;
