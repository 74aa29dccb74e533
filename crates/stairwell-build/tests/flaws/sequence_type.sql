-- before
create sequence s as int;

-- up
alter sequence s as bigint;

-- down
alter sequence s as smallint;

-- good down
alter sequence s as int;
