"""Why an officer looks for a person: asked before anything is shown, and kept with the search."""
