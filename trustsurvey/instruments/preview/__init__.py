"""A questionnaire as one page that can be filled in without a server."""
