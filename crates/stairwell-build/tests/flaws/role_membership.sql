-- before
create role flaw_member nologin;

-- up
grant pg_monitor to flaw_member;

-- down
select 1;

-- good down
revoke pg_monitor from flaw_member;
