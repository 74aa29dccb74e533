-- before
create table t (a int);
comment on column t.a is 'before';

-- up
comment on column t.a is 'after';

-- down
comment on column t.a is null;

-- good down
comment on column t.a is 'before';
