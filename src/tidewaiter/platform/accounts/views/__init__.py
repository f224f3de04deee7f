"""Pages of accounts: for administrators, for everybody's own account, and the one-time link."""
