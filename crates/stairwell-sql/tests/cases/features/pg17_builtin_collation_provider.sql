-- from 17
create collation byte_order (provider = builtin, locale = 'C.UTF-8');
create table t (name text collate byte_order);
