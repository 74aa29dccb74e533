DROP TABLE computer_software;

DROP TABLE software_products;
