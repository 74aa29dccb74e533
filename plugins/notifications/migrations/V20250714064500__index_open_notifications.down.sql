DROP INDEX ix_notifications_open;
