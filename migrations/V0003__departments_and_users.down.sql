DROP TABLE users;

DROP TABLE departments;

DROP TYPE user_role;

DROP DOMAIN email_address;
