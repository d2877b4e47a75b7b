"""Recorded exams as a table for pandas, R or a spreadsheet: `lbt export-sittings`."""
