-- from 16
create table t (a int[] default array_shuffle(array[1, 2, 3]), b int[] default array_sample(array[1, 2, 3], 2));
