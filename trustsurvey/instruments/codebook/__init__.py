"""What every column of the coded answers is: for readers, for repositories of text, and for data archives."""
