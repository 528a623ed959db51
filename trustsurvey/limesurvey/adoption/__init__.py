"""An existing LimeSurvey survey becomes an instrument, with a report of what is not as it was."""
