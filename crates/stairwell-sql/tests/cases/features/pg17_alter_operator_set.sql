-- from 17
create function same(int, int) returns boolean language sql immutable strict as 'select $1 = $2';
create operator === (leftarg = int, rightarg = int, function = same);
alter operator === (int, int) set (commutator = ===, hashes, merges);
