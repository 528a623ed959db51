"""What survey methodologists would ask the author of a questionnaire: hints, never errors."""
