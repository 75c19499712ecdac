"""The workbench's HTTP contract as tables, and what a test needs to walk over it."""
