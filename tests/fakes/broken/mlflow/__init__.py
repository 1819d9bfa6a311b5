"""A library that does what BROKEN says when a tracker begins with it."""
