ALTER TABLE users RENAME CONSTRAINT uq_users_login TO uq_users_user_name;

ALTER TABLE users RENAME COLUMN login TO user_name;
