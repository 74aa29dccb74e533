-- before
select 1;

-- up
create operator class rev for type int using btree as operator 1 >, operator 3 =, operator 5 <, function 1 btint4cmp(int, int);

-- down
drop operator class rev using btree;

-- good down
drop operator family rev using btree;
