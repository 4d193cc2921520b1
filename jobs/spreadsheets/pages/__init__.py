"""The pages of imports and exports in the back office: File, Columns, Check, Result; and taking a list out."""
