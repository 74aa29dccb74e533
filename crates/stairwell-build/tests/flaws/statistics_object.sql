-- before
create table t (a int, b int);

-- up
create statistics if not exists st on a, b from t;

-- down
select 1;

-- good down
drop statistics st;
