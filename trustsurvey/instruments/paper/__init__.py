"""A questionnaire on paper: numbered questions, tick boxes, and routing as instructions for people."""
