-- before
select 1;

-- up
create role flaw_role nologin;

-- down
select 1;

-- good down
drop role flaw_role;
