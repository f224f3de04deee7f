"""Forms of the intake desk."""
