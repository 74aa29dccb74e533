CREATE DOMAIN plain AS text;
CREATE DOMAIN code AS varchar(8) COLLATE "C" DEFAULT 'x' NOT NULL CHECK (VALUE <> '') CHECK (length(VALUE) > 1)
    CONSTRAINT named CHECK (VALUE !~ ' ');
CREATE DOMAIN code_check AS integer CHECK (VALUE > 0);
CREATE DOMAIN over_code AS code CHECK (VALUE <> 'over');
CREATE DOMAIN list AS integer[];
CREATE DOMAIN nothing AS text DEFAULT NULL NULL;
CREATE DOMAIN cast_nothing AS text DEFAULT NULL::text;
CREATE DOMAIN cast_kept AS varchar(3) DEFAULT NULL::varchar(3);
CREATE DOMAIN of_time AS timestamptz(3) DEFAULT now();
CREATE DOMAIN long_name_long_name_long_name_long_name_long_name_long_name_abc AS integer CHECK (VALUE > 0) CHECK (VALUE < 9);
-- refused
CREATE DOMAIN code AS text;
-- refused
CREATE DOMAIN neither AS text NULL NOT NULL;
-- refused
CREATE DOMAIN bad AS text UNIQUE;
-- refused
CREATE DOMAIN bad AS nobody;
-- refused
CREATE DOMAIN bad AS text CONSTRAINT a CHECK (VALUE <> 'a') CONSTRAINT a CHECK (VALUE <> 'b');
-- refused
CREATE DOMAIN bad AS integer DEFAULT 1 DEFAULT 2;
CREATE TABLE t (a code, b over_code[], c list DEFAULT '{}');
-- refused
CREATE TABLE plain (a integer);
