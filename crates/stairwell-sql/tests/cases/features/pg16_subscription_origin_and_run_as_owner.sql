-- from 16
create subscription pg16_sub connection 'dbname=nowhere' publication p
  with (connect = false, slot_name = none, origin = none, run_as_owner = true, password_required = false, streaming = parallel);
drop subscription pg16_sub;
