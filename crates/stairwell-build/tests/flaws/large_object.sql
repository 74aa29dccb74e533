-- before
select 1;

-- up
select lo_create(4242);

-- down
select 1;

-- good down
select lo_unlink(4242);
