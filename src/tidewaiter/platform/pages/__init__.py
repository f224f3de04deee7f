"""What the pages of every desk share: tables, charts, cells and the writing of numbers and times."""
