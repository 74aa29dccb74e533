CREATE TABLE sites (name text);
