CREATE TABLE t AS SELECT interval '1' day AS a, INTERVAL '1-2' YEAR TO  MONTH AS b, interval '3' second AS c, interval '1 day' AS d, interval(2) '1' AS e;
