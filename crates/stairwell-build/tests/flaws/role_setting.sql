-- before
create role flaw_setting nologin;

-- up
alter role flaw_setting set statement_timeout = '5s';

-- down
select 1;

-- good down
alter role flaw_setting reset statement_timeout;
