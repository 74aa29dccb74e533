-- before
create type mood as enum ('good', 'bad');
create table t (m mood);

-- up
alter table t alter m type text;
drop type mood;

-- down
create type mood as enum ('good', 'bad');

-- good down
create type mood as enum ('good', 'bad');
alter table t alter m type mood using m::mood;
