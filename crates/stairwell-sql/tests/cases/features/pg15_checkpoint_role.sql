-- from 15
create role pg15_ops;
grant pg_checkpoint to pg15_ops;
revoke pg_checkpoint from pg15_ops;
drop role pg15_ops;
