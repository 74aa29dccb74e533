-- from 15
create table secret (id int, owner text);
create view visible with (security_invoker = true) as select id from secret;
alter view visible set (security_invoker = false);
alter view visible reset (security_invoker);
