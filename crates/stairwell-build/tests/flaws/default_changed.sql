-- before
create table t (state text default 'new');

-- up
alter table t alter state set default 'open';

-- down
alter table t alter state drop default;

-- good down
alter table t alter state set default 'new';
