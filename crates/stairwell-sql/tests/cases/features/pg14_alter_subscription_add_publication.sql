create subscription pg14_sub connection 'dbname=nowhere' publication p1 with (connect = false, binary = true, slot_name = none);
alter subscription pg14_sub add publication p2 with (refresh = false);
alter subscription pg14_sub drop publication p1 with (refresh = false);
drop subscription pg14_sub;
