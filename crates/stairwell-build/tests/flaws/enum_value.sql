-- before
create type mood as enum ('good', 'bad');
create table t (id int primary key, m mood default 'good');
insert into t values (1, 'bad');

-- up
alter type mood add value if not exists 'fine' before 'bad';

-- down
select 1;

-- good down
alter table t alter m drop default;
alter type mood rename to mood_old;
create type mood as enum ('good', 'bad');
alter table t alter m type mood using m::text::mood, alter m set default 'good';
drop type mood_old;
