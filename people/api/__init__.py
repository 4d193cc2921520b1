"""What programs ask about people, and what all of the API shares: views, bodies, pages of lists."""
