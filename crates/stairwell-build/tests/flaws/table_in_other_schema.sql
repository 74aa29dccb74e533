-- before
create schema app;

-- up
create table app.t (id int primary key);

-- down
drop table if exists t;

-- good down
drop table app.t;
