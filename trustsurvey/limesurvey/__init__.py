"""LimeSurvey: an instrument as a survey structure and back, and the server that fields it."""
