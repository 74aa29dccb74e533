DROP VIEW connected_computers;
