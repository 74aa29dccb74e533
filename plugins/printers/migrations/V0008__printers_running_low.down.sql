DROP VIEW printers_running_low;
