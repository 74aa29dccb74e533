DROP TABLE maintenance_events;

DROP TABLE maintenance_plans;
