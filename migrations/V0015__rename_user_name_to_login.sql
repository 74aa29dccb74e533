-- Half of the forms showed the person's name in "user name". The column is the Windows login and is now called so.
-- stairwell: allow renaming-column the application is stopped while it is upgraded
ALTER TABLE users RENAME COLUMN user_name TO login;

ALTER TABLE users RENAME CONSTRAINT uq_users_user_name TO uq_users_login;
