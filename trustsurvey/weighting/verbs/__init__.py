"""What can be asked of a survey design: a function for each verb, which the design has as a method."""
