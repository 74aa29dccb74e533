-- before
select 1;

-- up
create access method heap2 type table handler heap_tableam_handler;

-- down
select 1;

-- good down
drop access method heap2;
