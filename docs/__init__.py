"""What is written about the desk, and what writes it from the code."""
