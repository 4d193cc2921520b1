"""Spreadsheets in and out: files here know nothing of people or tickets."""
