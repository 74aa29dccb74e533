-- The domain controller ignores case, and PRESS-07 beside press-07 cost us a Saturday.
CREATE UNIQUE INDEX uq_computers_hostname_lower ON computers (lower(hostname));
