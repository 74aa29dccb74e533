DROP VIEW usb_checkouts_overdue;
