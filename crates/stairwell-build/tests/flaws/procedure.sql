-- before
select 1;

-- up
create or replace procedure p() language sql as 'select 1';

-- down
select 1;

-- good down
drop procedure p();
