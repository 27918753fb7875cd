"""What BI tools need besides the tables and views."""
