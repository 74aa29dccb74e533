-- from 16
create role pg16_a;
create role pg16_b;
grant pg16_a to pg16_b with inherit false, set true, admin false;
revoke set option for pg16_a from pg16_b;
drop role pg16_b;
drop role pg16_a;
