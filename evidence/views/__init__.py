"""The pages about evidence, controls and packages; they join the road of a design."""
