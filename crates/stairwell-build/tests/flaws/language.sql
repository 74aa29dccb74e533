-- before
select 1;

-- up
create language plsample handler plpgsql_call_handler;

-- down
select 1;

-- good down
drop language plsample;
