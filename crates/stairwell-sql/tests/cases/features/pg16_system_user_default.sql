-- from 16
create table audit (who text default system_user, at timestamptz default now());
