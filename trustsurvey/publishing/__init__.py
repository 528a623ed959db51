"""What leaves the house: tables, figures, reports."""
