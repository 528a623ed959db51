"""A questionnaire is a file: its format, its rules, and who is asked what."""
