"""What a user would do, over HTTP and the real database."""
