"""What programs ask about tickets: by the same rules, through the same doors as everybody (interfaces.md "REST")."""
