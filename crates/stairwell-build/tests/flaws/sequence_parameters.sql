-- before
create sequence s;

-- up
alter sequence s increment by 10 cache 20;

-- down
alter sequence s increment by 1;

-- good down
alter sequence s increment by 1 cache 1;
