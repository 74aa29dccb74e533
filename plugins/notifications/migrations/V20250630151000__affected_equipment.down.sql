DROP TABLE notification_equipment;
