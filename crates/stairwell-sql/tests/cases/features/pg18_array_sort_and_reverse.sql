-- from 18
create table t (a int[] check (a = array_sort(a)), b int[]);
update t set b = array_reverse(a);
