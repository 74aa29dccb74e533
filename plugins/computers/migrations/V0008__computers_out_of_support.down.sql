DROP VIEW computers_out_of_support;
