create foreign data wrapper w;
create server s foreign data wrapper w;
create foreign table t (a int options (x '1', "Y" 'it''s'), b text) server s options (file 'a', mode 'b');
alter foreign table t options (add more 'c', set file 'd', drop mode);
alter foreign table t alter b options (z '2');
alter foreign table t alter a options (set x '3', drop "Y");
alter foreign table t add column c int options (k 'v');
-- refused
alter foreign table t options (file 'again');
-- refused
alter foreign table t options (set nothing 'again');
-- refused
alter foreign table t alter b options (drop nothing);
alter foreign table t alter b set statistics 30;
