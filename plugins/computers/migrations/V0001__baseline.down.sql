DROP TABLE computers;

DROP TABLE operating_systems;

DROP TYPE computer_kind;
