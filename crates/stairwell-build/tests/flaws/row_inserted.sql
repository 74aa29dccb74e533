-- before
create table t (id int primary key, name text);
insert into t values (1, 'a');

-- up
insert into t values (2, 'b');

-- down
select 1;

-- good down
delete from t where id = 2;
