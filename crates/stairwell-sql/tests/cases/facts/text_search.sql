create text search configuration plain (copy = simple);
create text search configuration english2 (copy = pg_catalog.english);
create text search configuration own (parser = default);
alter text search configuration own add mapping for asciiword, word with simple;
create text search dictionary syn (template = simple, stopwords = english);
create text search dictionary snow (template = snowball, language = 'german', stopwords = german);
alter text search dictionary syn (accept = false);
alter text search dictionary syn (stopwords = 'english', accept);
create text search dictionary plainest (template = pg_catalog.simple);
alter text search configuration own add mapping for numword with syn, simple;
alter text search configuration own alter mapping for word with syn;
alter text search configuration own alter mapping replace simple with snow;
alter text search configuration own alter mapping for numword replace syn with simple;
create text search configuration copy (copy = own);
alter text search configuration copy drop mapping for asciiword;
alter text search configuration copy drop mapping if exists for asciiword;
alter text search configuration copy rename to copied;
alter text search configuration copied owner to pg_monitor;
create schema app;
alter text search dictionary plainest set schema app;
create text search template tem (lexize = dsimple_lexize, init = dsimple_init);
create text search dictionary of_own (template = tem);
create text search parser par (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search configuration parsed (parser = par);
-- refused
drop text search template tem;
-- refused
drop text search dictionary snow;
create text search dictionary gone (template = simple);
drop text search dictionary gone;
-- refused
drop text search dictionary gone;
drop text search configuration plain;
