DROP TABLE printer_supplies;

DROP TABLE printers;

DROP TYPE printer_status;
