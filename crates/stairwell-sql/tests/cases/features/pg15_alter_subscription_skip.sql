-- from 15
create subscription pg15_sub connection 'dbname=nowhere' publication p with (connect = false, slot_name = none, two_phase = true, disable_on_error = true);
alter subscription pg15_sub skip (lsn = none);
drop subscription pg15_sub;
