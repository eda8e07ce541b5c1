"""What people see at the service's root, in a real browser."""
