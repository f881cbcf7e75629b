"""Tables in files: reading CSV and XLSX, matching columns to fields, and writing exports."""
