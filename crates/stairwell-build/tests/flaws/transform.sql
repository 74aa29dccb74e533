-- before
create function tr(internal) returns internal language internal immutable as 'varchar_support';

-- up
create transform for int language sql (from sql with function tr(internal));

-- down
select 1;

-- good down
drop transform for int language sql;
