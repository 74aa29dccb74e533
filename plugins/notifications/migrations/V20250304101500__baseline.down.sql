DROP TABLE notifications;

DROP TABLE notification_channels;

DROP TYPE notification_severity;
