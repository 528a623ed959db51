"""A questionnaire is a file: read, checked, routed."""
