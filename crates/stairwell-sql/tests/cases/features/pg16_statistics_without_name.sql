-- from 16
create table t (a int, b int);
create statistics on a, b from t;
