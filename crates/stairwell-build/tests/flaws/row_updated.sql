-- before
create table t (id int primary key, state text);
insert into t values (1, 'new');

-- up
update t set state = 'open' where id = 1;

-- down
update t set state = 'closed' where id = 1;

-- good down
update t set state = 'new' where id = 1;
