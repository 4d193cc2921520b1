"""The addresses of files: sent up from a form, and handed out to those who may see them."""
