//! Every migration of the application, under every check.

stairwell_testing::suite!(shopdb::schema::CHAINS);
