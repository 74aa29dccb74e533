-- Every display asks for the open announcements every ten seconds, out of years of closed ones.
CREATE INDEX ix_notifications_open ON notifications (site_id, starts_at)
WHERE ends_at IS NULL;
