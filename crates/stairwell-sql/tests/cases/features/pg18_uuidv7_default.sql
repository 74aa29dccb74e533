-- from 18
create table t (id uuid primary key default uuidv7(), other uuid default uuidv4());
