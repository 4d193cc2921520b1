"""The pages of /accounts/ and /my/profile/: they read a form, call one function behind the door, and show what came."""
