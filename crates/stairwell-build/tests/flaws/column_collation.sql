-- before
create table t (name text);

-- up
alter table t alter name type text collate "C";

-- down
alter table t alter name type text collate "POSIX";

-- good down
alter table t alter name type text collate "default";
