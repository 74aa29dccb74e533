-- from 15
create role pg15_tuner;
grant set, alter system on parameter work_mem to pg15_tuner;
revoke all on parameter work_mem from pg15_tuner;
drop role pg15_tuner;
