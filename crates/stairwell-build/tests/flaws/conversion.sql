-- before
select 1;

-- up
create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;

-- down
select 1;

-- good down
drop conversion conv;
