"""What the Observatory follows beside the surveys: registers of the zones and of the bodies that control them."""
