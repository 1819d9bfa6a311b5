"""A library that does what the environment asks of it, and keeps tags in a file of its own."""
