DROP TABLE printer_page_counts;
