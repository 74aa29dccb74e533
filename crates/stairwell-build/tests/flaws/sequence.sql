-- before
select 1;

-- up
create sequence if not exists s;

-- down
select 1;

-- good down
drop sequence s;
