-- from 17
set transaction_timeout = '5min';
create table t (id int);
