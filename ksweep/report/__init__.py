"""What was found, for people and programs: text, CSV, JSON and tables; nothing here prints."""
