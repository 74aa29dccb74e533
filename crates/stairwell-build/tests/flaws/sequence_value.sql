-- before
create sequence s;
select setval('s', 41);

-- up
drop sequence s;

-- down
create sequence s;

-- good down
create sequence s;
select setval('s', 41);
