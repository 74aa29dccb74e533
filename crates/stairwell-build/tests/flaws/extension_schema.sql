-- before
create schema ext;
create extension citext;

-- up
alter extension citext set schema ext;

-- down
select 1;

-- good down
alter extension citext set schema public;
